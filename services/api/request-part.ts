import type { z } from 'zod'
import { DomainError } from '../domain/errors.ts'

export type FieldError = { readonly field: string; readonly message: string }

const ERRORS_SHOWN = 10

/** Path, query or body by its schema. Throws `code` with an entry per field that is wrong. */
export function parsePart<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code: 'request-malformed' | 'order-malformed' | 'batch-malformed' | 'transaction-malformed' = 'request-malformed',
): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const errors: FieldError[] = parsed.error.issues
    .slice(0, ERRORS_SHOWN)
    .map((issue) => ({ field: issue.path.join('.').slice(0, 100), message: issue.message.slice(0, 200) }))
  const words = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
  throw new DomainError(code, words.join('; '), { errors })
}

/** The value, or `code` with `message` where there is none. */
export function requireFound<Value>(value: Value | null, code: string, message: string): Value {
  if (value === null) throw new DomainError(code, message)
  return value
}
