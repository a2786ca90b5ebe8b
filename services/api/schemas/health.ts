import { z } from 'zod'
import { blockNumber } from './scalars.ts'

const state = z.enum(['ok', 'degraded', 'down'])
const detail = z.string().meta({ description: 'In words.' })

const part = z.object({ state, detail }).meta({ id: 'HealthPart' })
const processPart = part
  .extend({
    since: z.number().int().nullable().meta({ description: 'Unix seconds, wall clock; null where never heard of.' }),
  })
  .meta({ id: 'ProcessHealth' })

export const health = z
  .object({
    status: state,
    problems: z.array(z.string()).meta({ description: 'What is not well, in words; empty where all is well.' }),
    database: part,
    ledger: part
      .extend({
        latestBlock: blockNumber.nullable(),
        latestBlockTime: z.number().int().nullable().meta({ description: "Unix seconds by the ledger's clock." }),
        secondsSinceBlock: z
          .number()
          .int()
          .min(0)
          .nullable()
          .meta({ description: 'Seconds, wall clock, since this api first saw the latest block.' }),
      })
      .meta({ id: 'LedgerHealth' }),
    broker: part,
    projection: part
      .extend({
        indexedBlock: blockNumber.nullable(),
        lagBlocks: z
          .number()
          .int()
          .min(0)
          .nullable()
          .meta({ description: 'Blocks on the ledger, not yet in the database.' }),
      })
      .meta({ id: 'ProjectionHealth' }),
    processes: z.object({
      gateway: processPart,
      agent: processPart,
      'market-operator': processPart,
      'grid-operator': processPart,
      aggregator: processPart,
      registrar: processPart,
      indexer: processPart,
    }),
  })
  .meta({ id: 'Health' })

export type Health = z.infer<typeof health>
