import { z } from 'zod'
import {
  amountMicroEuro,
  areaId,
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
  sessionState,
  side,
  unixTime,
} from './scalars.ts'

export const tariff = z
  .object({
    retailMicroEuroPerKwh: priceMicroEuroPerKwh,
    feedInMicroEuroPerKwh: priceMicroEuroPerKwh,
    gridMicroEuroPerKwh: priceMicroEuroPerKwh,
    gridLocalMicroEuroPerKwh: priceMicroEuroPerKwh,
  })
  .meta({
    id: 'Tariff',
    description:
      'What the supplier asks for a shortage (retail) and pays for a surplus (feed-in), and what the DSO asks for ' +
      'transport from outside the area (grid) and inside it (gridLocal).',
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
    memberId,
    name: z.string(),
    side,
    quantityWh: energyWh,
    limitPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
    filledWh: energyWh,
  })
  .meta({ id: 'SessionFill' })

export const session = sessionSummary
  .extend({
    area: areaId,
    tariff,
    ordersHash: hash.nullable(),
    fills: z
      .array(sessionFill)
      .meta({ description: 'Every order of the session, by member and side; empty until cleared.' }),
    readings: z
      .object({ root: hash, count, importTotalWh: energyWh, exportTotalWh: energyWh })
      .meta({
        id: 'ReadingsCommitment',
        description: "Commitment to the period's meter readings; null until committed.",
      })
      .nullable(),
    settlement: z
      .object({
        statementsRoot: hash,
        payments: z.array(z.object({ memberId, name: z.string(), amountMicroEuro })),
      })
      .meta({ id: 'SessionSettlement', description: 'Null until settled. The payments sum to zero.' })
      .nullable(),
    transactions: z
      .object({
        gateClosed: hash.nullable(),
        cleared: hash.nullable(),
        readingsCommitted: hash.nullable(),
        settled: hash.nullable(),
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
