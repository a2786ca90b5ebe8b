import { z } from 'zod'
import { DomainError } from '../../domain/errors.ts'

/** The database counts periods and sequences in 31 bits. */
const LARGEST_COUNT = 2 ** 31 - 1

/** A delivery period or a sequence. */
export const count = z.number().int().min(0).max(LARGEST_COUNT)

/** A petawatt-hour and more: no meter's register gets there. */
export const registerWh = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,14})$/, { error: 'is not a whole number of Wh as a decimal string' })

/** A meter's signature, of 64 bytes (EIP-2098) or 65. */
export const signatureText = z
  .string()
  .max(132)
  .regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/, { error: 'is not 64 or 65 bytes as 0x-hex' })

/** What a meter said, by its schema. Throws what `malformed` makes of the first thing that is wrong. */
export function parseFields<Message>(
  value: unknown,
  { schema, malformed }: { readonly schema: z.ZodType<Message>; readonly malformed: (reason: string) => DomainError },
): Message {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw malformed(`${field === '' ? 'the message' : field} ${issue?.message ?? 'is not valid'}`)
}

/** What is wrong with a message that was to bring readings. */
export function malformedReading(reason: string): DomainError {
  return new DomainError('reading-malformed', `the reading cannot be understood: ${reason}`.slice(0, 300))
}
