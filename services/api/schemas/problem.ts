import { z } from 'zod'
import { receipt } from './receipt.ts'

export const problem = z
  .object({
    type: z.string().meta({ description: '`urn:commonwatt:problem:` and the code.' }),
    title: z.string(),
    status: z.number().int().min(400).max(599),
    code: z.string().meta({ description: 'Stable, for programs.', example: 'gate-closed' }),
    detail: z.string().meta({ description: 'What is wrong, in words.' }),
    advice: z.string().meta({ description: 'What to do about it.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each part of the request that is wrong.' }),
    receipt: receipt
      .optional()
      .meta({ description: 'Of `order-already-placed`: the receipt of the order, given again.' }),
  })
  .meta({ id: 'Problem', description: 'A refusal, as RFC 9457 describes.' })

export type Problem = z.infer<typeof problem>
