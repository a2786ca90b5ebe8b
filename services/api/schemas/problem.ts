import { z } from 'zod'
import { receipt } from './receipt.ts'

const fileFaults = z
  .object({
    total: z.number().int().min(1),
    shown: z
      .array(
        z.object({
          row: z
            .number()
            .int()
            .min(1)
            .meta({ description: 'Counted from 1, which is the header of a file, as spreadsheets do.' }),
          column: z.string().nullable().meta({ description: 'Null where the row as a whole is meant.' }),
          problem: z.string(),
          remedy: z.string().meta({ description: 'What to do about it.' }),
        }),
      )
      .meta({ description: 'The first 100, by row.' }),
  })
  .meta({ id: 'FileFaults' })

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
    faults: fileFaults
      .optional()
      .meta({ description: 'Of `meter-file-faulty` and `devices-faulty`: what is wrong in which row.' }),
    receipt: receipt
      .optional()
      .meta({ description: 'Of `order-already-placed`: the receipt of the order, given again.' }),
  })
  .meta({ id: 'Problem', description: 'A refusal, as RFC 9457 describes.' })

export type FileFaults = z.infer<typeof fileFaults>
export type Problem = z.infer<typeof problem>
