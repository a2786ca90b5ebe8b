import { z } from 'zod'
import { limit, unixTime } from './scalars.ts'

export const refusal = z
  .object({
    id: z.string().regex(/^\d{1,19}$/),
    topic: z.string(),
    code: z.string(),
    reason: z.string(),
    receivedAt: unixTime,
  })
  .meta({ id: 'Refusal', description: "A meter's message that the gateway refused." })

export const refusalPage = z
  .object({ items: z.array(refusal), nextBefore: z.string().nullable() })
  .meta({ id: 'RefusalPage' })

export const refusalQuery = z.object({
  before: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .optional()
    .meta({ description: 'Cursor: `nextBefore` of the page before.' }),
  limit,
})

export type RefusalPage = z.infer<typeof refusalPage>
