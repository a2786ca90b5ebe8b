import { z } from 'zod'
import { blockNumber, deliveryPeriod } from './scalars.ts'

export const projectionEvent = z.object({ blockNumber, periods: z.array(deliveryPeriod) }).meta({
  id: 'ProjectionEvent',
  description:
    'Data of a `projection` event: the database now holds the ledger up to this block; these periods changed.',
})

export const healthEvent = z
  .object({ status: z.enum(['ok', 'degraded', 'down']), problems: z.array(z.string()) })
  .meta({ id: 'HealthEvent', description: 'Data of a `health` event: sent on connection and when it changes.' })

export type ProjectionEvent = z.infer<typeof projectionEvent>
export type HealthEvent = z.infer<typeof healthEvent>
