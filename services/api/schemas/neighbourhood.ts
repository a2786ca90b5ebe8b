import { z } from 'zod'
import {
  amountMicroEuro,
  areaId,
  balanceMicroEuro,
  count,
  deliveryPeriod,
  energyWh,
  hash,
  memberId,
  priceMicroEuroPerKwh,
  savingMicroEuro,
  settlementRun,
  tradingDay,
  unixTime,
} from './scalars.ts'
import { sessionSummary, tariff } from './sessions.ts'

export const role = z.enum(['producing', 'consuming', 'balanced']).meta({
  id: 'EnergyRole',
  description: 'producing: exported more than it imported in its latest known period. consuming: imported more.',
})

export const neighbourhoodHousehold = z
  .object({
    memberId,
    name: z.string(),
    isShown: z.boolean().meta({ description: 'Whether you may see its quarter-hours.' }),
    role: role.nullable().meta({ description: 'Null before its first reading, and where it is not shown.' }),
    latest: z
      .object({ period: deliveryPeriod, importWh: energyWh, exportWh: energyWh, boughtWh: energyWh, soldWh: energyWh })
      .nullable()
      .meta({
        description:
          'The latest delivery period whose reading is known; null before the first, and where it is not shown.',
      }),
  })
  .meta({ id: 'NeighbourhoodHousehold' })

export const challenge = z
  .object({
    outcome: z.enum(['statement-corrected', 'correction-paid', 'order-left-out', 'rejected']),
    timestamp: unixTime,
    transactionHash: hash,
    day: tradingDay.nullable(),
    run: settlementRun.nullable(),
    period: deliveryPeriod.nullable(),
    memberId: memberId.nullable().meta({ description: 'Whose statement or order it is about; null where not told.' }),
    challenger: memberId,
    challengerName: z.string(),
    amountMicroEuro: amountMicroEuro.meta({
      description:
        'What the correction of a statement moved, at once or when it was paid later (negative: to its member), what a ' +
        'left-out order cost the operator, or the stake that was lost.',
    }),
    owedMicroEuro: balanceMicroEuro.meta({
      description: 'What corrections of the run owed the member from then on, because the bond lacked it.',
    }),
  })
  .meta({ id: 'Challenge', description: 'What became of a challenge on the ledger.' })

const picture = z
  .object({
    period: deliveryPeriod,
    givingCount: count,
    takingCount: count,
    withoutReadingCount: count,
    sharedWh: energyWh.meta({ description: 'Sold by neighbours to one another.' }),
    fromGridWh: energyWh.meta({ description: 'Delivered by the supplier beyond the trades.' }),
    toGridWh: energyWh.meta({ description: 'Taken by the supplier beyond the trades.' }),
  })
  .meta({ id: 'NeighbourhoodPicture', description: 'The latest metered delivery period, all households together.' })

export const neighbourhood = z
  .object({
    area: areaId,
    ledgerTime: unixTime,
    indexedBlock: count.nullable().meta({ description: 'Latest block in these figures.' }),
    deliveryPeriod: deliveryPeriod.meta({ description: "The delivery period now, by the ledger's clock." }),
    calendar: z.object({
      firstPeriod: deliveryPeriod,
      lastPeriod: z
        .number()
        .int()
        .min(0)
        .max(2 ** 32 - 1),
      gateClosureLeadSeconds: count,
      readingDeadlineSeconds: count,
      operatorDeadlineSeconds: count,
      challengeWindowSeconds: count,
      correctionDelaySeconds: count,
      finalDelaySeconds: count,
    }),
    nextGateClosure: z
      .object({ period: deliveryPeriod, time: unixTime })
      .nullable()
      .meta({ description: "The session whose gate closes next; null after the calendar's end." }),
    latestClearing: z
      .object({ period: deliveryPeriod, priceMicroEuroPerKwh, volumeWh: energyWh })
      .nullable()
      .meta({ description: 'The latest session with a price.' }),
    tariff: tariff.meta({ description: 'Tariff of the delivery period now.' }),
    fundMicroEuro: balanceMicroEuro.meta({ description: "The community's guarantee fund." }),
    bondMicroEuro: balanceMicroEuro.meta({ description: "The market operator's bond." }),
    challenges: z.array(challenge).meta({ description: 'The latest challenges, newest first.' }),
    totals: z
      .object({
        periodCount: count,
        firstPeriod: deliveryPeriod.nullable(),
        lastPeriod: deliveryPeriod.nullable(),
        tradedWh: energyWh,
        gridImportWh: energyWh.meta({ description: 'Delivered by the supplier after local trade.' }),
        gridExportWh: energyWh.meta({ description: 'Taken by the supplier after local trade.' }),
        savingMicroEuro,
      })
      .meta({
        id: 'NeighbourhoodTotals',
        description: 'Over the last 96 delivery periods with statements, all households.',
      }),
    picture: picture.nullable().meta({ description: 'Null before the first reading.' }),
    households: z.array(neighbourhoodHousehold),
    sessions: z.array(sessionSummary).meta({ description: 'The most recent sessions, newest first.' }),
  })
  .meta({ id: 'Neighbourhood' })

export type Neighbourhood = z.infer<typeof neighbourhood>
