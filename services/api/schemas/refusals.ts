import { z } from 'zod'
import { address, limit, unixTime } from './scalars.ts'

export const refusal = z
  .object({
    id: z.string().regex(/^\d{1,19}$/),
    topic: z.string(),
    code: z.string(),
    reason: z.string(),
    receivedAt: unixTime,
    device: address.nullable().meta({ description: 'In whose name it came; null where it names no device.' }),
    protocol: z.string().nullable(),
    isReplayable: z.boolean().meta({ description: 'Whether it can be decided on anew.' }),
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
  device: z
    .string()
    .regex(/^0x[0-9a-f]{40}$/)
    .optional()
    .meta({ description: 'Only those that came in the name of this device.' }),
  code: z
    .string()
    .regex(/^[a-z-]{1,60}$/)
    .optional()
    .meta({ description: 'Only those that were refused for this.' }),
  limit,
})

const id = z.string().regex(/^\d{1,19}$/)

export const refusalPath = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, { error: 'is not the number of a refused message' })
    .meta({ description: 'Number of the refused message.' }),
})

export const refusalReplay = z
  .object({
    id,
    refusalId: id,
    requestedAt: unixTime,
    outcome: z
      .object({
        status: z.enum(['accepted', 'known', 'refused']).meta({
          description: 'known: all of it was accepted before. refused: some of it was refused again.',
        }),
        code: z.string().nullable(),
        reason: z.string().nullable(),
        decidedAt: unixTime,
      })
      .nullable()
      .meta({ description: 'Null until the gateway decided.' }),
  })
  .meta({ id: 'RefusalReplay' })

export const refusalReplayList = z.object({ items: z.array(refusalReplay) }).meta({ id: 'RefusalReplayList' })

export type RefusalReplayView = z.infer<typeof refusalReplay>
export type RefusalReplayList = z.infer<typeof refusalReplayList>
export type RefusalPage = z.infer<typeof refusalPage>
