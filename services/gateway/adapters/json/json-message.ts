import type { z } from 'zod'
import type { DomainError } from '../../../domain/errors.ts'
import { parseFields } from '../fields.ts'

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
  return parseFields(json, { schema, malformed })
}
