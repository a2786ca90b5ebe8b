import { z } from 'zod'
import { assetLeaf, ledgerId } from './flex-scalars.ts'
import { count, limit, memberId, unixTime } from './scalars.ts'

const isoDay = z.iso.date()

export const findingQuery = z.object({ limit })
export const findingList = z
  .object({
    items: z.array(
      z
        .object({
          productId: ledgerId,
          memberId: memberId.meta({ description: 'Of an asset its member; of a portfolio its aggregator.' }),
          kind: z.string(),
          rule: z.enum(['repeated', 'excessive']),
          day: isoDay.meta({ description: 'The last day that it is about.' }),
          foundAt: unixTime,
          evidence: z.record(z.string(), z.unknown()).meta({
            description: 'Observations, what they are compared with, figures and thresholds; energies in Wh as text.',
          }),
        })
        .meta({ id: 'FlexFinding', description: 'A suspicion with all that is needed to check it. It is no verdict.' }),
    ),
  })
  .meta({ id: 'FlexFindingList' })

const tried = {
  version: z.string().meta({ description: 'The method with the version of its formula.' }),
  days: count,
  refusedDays: count.meta({ description: 'Days for which it gave no baseline.' }),
  bias: z.number().nullable().meta({
    description: 'Sum of errors over the sum of absolute flows: positive says too much. Null where nothing flowed.',
  }),
  rrmse: z.number().nullable().meta({ description: 'Root mean squared error over the mean absolute flow.' }),
}
export const accuracyList = z
  .object({
    items: z.array(
      z
        .object({
          productId: ledgerId,
          methods: z
            .array(z.object({ ...tried, rank: count.nullable() }))
            .meta({ description: 'Over all assets, the most accurate first; no rank for too few days.' }),
          assets: z.array(z.object({ memberId, ...tried, lastDay: isoDay })),
        })
        .meta({ id: 'BaselineAccuracy' }),
    ),
  })
  .meta({ id: 'BaselineAccuracyList' })

export const orderLeaves = z.object({ orderId: ledgerId, leaves: z.array(assetLeaf) }).meta({ id: 'FlexOrderLeaves' })

export type FindingList = z.infer<typeof findingList>
export type AccuracyList = z.infer<typeof accuracyList>
export type OrderLeaves = z.infer<typeof orderLeaves>
