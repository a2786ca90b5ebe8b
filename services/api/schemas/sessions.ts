import { z } from 'zod'
import {
  address,
  amountMicroEuro,
  areaId,
  balanceMicroEuro,
  beforePeriod,
  count,
  deliveryPeriod,
  energyWh,
  hash,
  limit,
  memberId,
  pageOf,
  periodInPath,
  priceMicroEuroPerKwh,
  readingQuality,
  sessionState,
  settlementRun,
  side,
  trader,
  tradingDay,
  unixTime,
} from './scalars.ts'

export const tariff = z
  .object({
    retailMicroEuroPerKwh: priceMicroEuroPerKwh,
    feedInMicroEuroPerKwh: priceMicroEuroPerKwh,
    gridMicroEuroPerKwh: priceMicroEuroPerKwh,
    gridLocalMicroEuroPerKwh: priceMicroEuroPerKwh,
    levyMicroEuroPerKwh: priceMicroEuroPerKwh,
    platformFeeMicroEuroPerKwh: priceMicroEuroPerKwh,
  })
  .meta({
    id: 'Tariff',
    description:
      'What the supplier asks for a shortage (retail) and pays for a surplus (feed-in), what the DSO asks for ' +
      'transport from outside the area (grid) and inside it (gridLocal), the levies on energy imported, and what the ' +
      'platform asks for energy bought in the market.',
  })

export const settlementState = z.enum(['drawn-up', 'committed', 'held-back', 'paid', 'corrected', 'final']).meta({
  id: 'SettlementState',
  description:
    'drawn-up: statements are provisional. committed: those of the initial run are on the ledger and can be challenged. ' +
    "held-back: a run is not paid before the market operator's bond pays what challenges corrected. " +
    'paid: the initial run is paid. corrected, final: that run is paid too.',
})

export const run = z
  .object({
    run: settlementRun,
    root: hash,
    statementCount: count,
    totalMicroEuro: balanceMicroEuro.meta({ description: 'What is paid in all, which is also what is received.' }),
    committedAt: unixTime,
    committedTransaction: hash,
    challengeableUntil: unixTime.meta({ description: 'Until then its statements can be challenged; then it is paid.' }),
    readingsAt: unixTime.meta({
      description: 'Its statements rest on the versions of the readings that were the latest then.',
    }),
    withheldMicroEuro: balanceMicroEuro.meta({
      description:
        "What challenges corrected and the market operator's bond lacks: the run is held back until it is paid.",
    }),
    paidAt: unixTime.nullable(),
    paidTransaction: hash.nullable(),
  })
  .meta({ id: 'Run', description: 'A settlement run of a day, as it is on the ledger.' })

export const gateCloser = z.object({ address, memberId: memberId.nullable(), name: z.string().nullable() }).meta({
  id: 'GateCloser',
  description: 'Who closed the gate: the market operator, or, with number and name, the member in its place.',
})

export const sessionSummary = z
  .object({
    period: deliveryPeriod,
    startsAt: unixTime.meta({ description: 'Start of delivery, unix seconds.' }),
    gateClosesAt: unixTime.meta({ description: 'Gate closure, unix seconds.' }),
    state: sessionState,
    orderCount: count.nullable().meta({ description: 'Null until the gate closed.' }),
    priceMicroEuroPerKwh: priceMicroEuroPerKwh
      .nullable()
      .meta({ description: 'Clearing price; null where nothing was traded, or not yet.' }),
    volumeWh: energyWh.nullable().meta({ description: 'Traded Wh; null until cleared.' }),
  })
  .meta({ id: 'SessionSummary' })

const sessionFill = z
  .object({
    digest: hash,
    trader,
    memberId: memberId.nullable().meta({
      description: 'Null where the day is sealed and you may not know whose number that is.',
    }),
    name: z.string(),
    side,
    quantityWh: energyWh,
    limitPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
    isFromLedger: z.boolean().meta({ description: "Opened on the ledger, not out of the operator's batch." }),
    filledWh: energyWh,
  })
  .meta({ id: 'SessionFill' })

const sessionStatement = z
  .object({ memberId, name: z.string(), run: settlementRun, quality: readingQuality, totalMicroEuro: amountMicroEuro })
  .meta({ id: 'SessionStatement', description: 'What a member pays for the delivery period, by its latest statement.' })

export const session = sessionSummary
  .extend({
    area: areaId,
    tariff,
    ordersHash: hash.nullable(),
    closedBy: gateCloser.nullable().meta({ description: 'Null until the gate closed.' }),
    ledgerOrderCount: count.nullable().meta({ description: 'Orders opened on the ledger; null until cleared.' }),
    voidOrderCount: count
      .nullable()
      .meta({ description: "Orders of the operator's batch that broke a rule and took no part; null until cleared." }),
    areTradersSealed: z.boolean().meta({
      description: 'Whether traders are numbers drawn for the day; else each is the number of its member.',
    }),
    fills: z
      .array(sessionFill)
      .meta({ description: 'Every order that counted, by trader and side; empty until cleared.' }),
    readings: z
      .object({
        root: hash,
        version: count.meta({ description: '0 is what was known at the reading deadline.' }),
        count,
        importTotalWh: energyWh,
        exportTotalWh: energyWh,
      })
      .meta({
        id: 'ReadingsCommitment',
        description: "Commitment to the period's meter readings; null until committed.",
      })
      .nullable(),
    settlement: z
      .object({ day: tradingDay, state: settlementState, runs: z.array(run), statements: z.array(sessionStatement) })
      .meta({
        id: 'SessionSettlement',
        description:
          'Null until statements are drawn up. All of them sum to zero; shown are those of institutions and of households ' +
          "whose statements you may see. The runs are those of the session's day.",
      })
      .nullable(),
    transactions: z
      .object({
        gateClosed: hash.nullable(),
        cleared: hash.nullable(),
        readingsCommitted: hash.nullable(),
      })
      .meta({ description: 'Hash of the transaction that made each step; null where not made yet.' }),
  })
  .meta({ id: 'Session' })

export const sessionPage = pageOf(sessionSummary, 'SessionPage')
export const sessionQuery = z.object({ before: beforePeriod, limit })
export const sessionPath = z.object({ period: periodInPath })

export type Tariff = z.infer<typeof tariff>
export type SessionSummary = z.infer<typeof sessionSummary>
export type Session = z.infer<typeof session>
export type SessionPage = z.infer<typeof sessionPage>
