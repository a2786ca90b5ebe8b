import { z } from 'zod'
import {
  areaId,
  count,
  deliveryPeriod,
  energyWh,
  memberId,
  priceMicroEuroPerKwh,
  savingMicroEuro,
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
    role: role.nullable().meta({ description: 'Null before its first reading.' }),
    latest: z
      .object({ period: deliveryPeriod, importWh: energyWh, exportWh: energyWh, boughtWh: energyWh, soldWh: energyWh })
      .nullable()
      .meta({ description: 'The latest delivery period whose reading is known; null before the first.' }),
  })
  .meta({ id: 'NeighbourhoodHousehold' })

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
      .meta({ id: 'NeighbourhoodTotals', description: 'Over the last 96 settled delivery periods, all households.' }),
    households: z.array(neighbourhoodHousehold),
    sessions: z.array(sessionSummary).meta({ description: 'The most recent sessions, newest first.' }),
  })
  .meta({ id: 'Neighbourhood' })

export type Neighbourhood = z.infer<typeof neighbourhood>
