import type { z } from 'zod'
import type { DomainError } from '../domain/errors.ts'

/** The value as the schema has it; else what `refuse` makes of where it is not, and why. */
export function parseAs<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  refuse: (why: string) => DomainError,
): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw refuse(path.length === 0 ? message : `${path.join('.')}: ${message}`)
}
