import { z } from 'zod'
import type { DomainError } from '../../../domain/errors.ts'

/** A meter's signature, of 64 bytes (EIP-2098) or 65. */
export const signatureText = z
  .string()
  .max(132)
  .regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/, { error: 'is not 64 or 65 bytes as 0x-hex' })

/** How a kind of message is read, and what is thrown of one that cannot be. */
type Format<Message> = {
  readonly schema: z.ZodType<Message>
  readonly mostBytes: number
  /** The error that says so. */
  readonly malformed: (reason: string) => DomainError
}

/** What a meter sent as JSON in UTF-8. Throws the format's error, saying what is wrong with the message. */
export function parseJsonMessage<Message>(
  payload: Uint8Array,
  { schema, mostBytes, malformed }: Format<Message>,
): Message {
  if (payload.length > mostBytes) {
    throw malformed(`it has ${payload.length} bytes, and ${mostBytes} are the most`)
  }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    throw malformed('it is not JSON in UTF-8')
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw malformed(`${field === '' ? 'the message' : field} ${issue?.message ?? 'is not valid'}`)
}
