import { z } from 'zod'
import type { Measured } from '../../domain/devices/measurement.ts'
import { QUANTITIES, UNIT_OF, type Quantity } from '../../domain/devices/quantity.ts'
import { DomainError } from '../../domain/errors.ts'
import { parseFields } from './fields.ts'

/** What is wrong with a message that was to bring measurements. */
export function malformedMeasures(reason: string): DomainError {
  return new DomainError('measures-malformed', `the measurements cannot be understood: ${reason}`.slice(0, 300))
}

const WHOLE = /^-?(0|[1-9]\d{0,17})$/

/** A whole number, as one or as text: larger ones than JSON can tell apart are text. */
const wholeOf = (quantity: Quantity) =>
  z
    .union([z.string().regex(WHOLE).transform(BigInt), z.int().transform(BigInt)], {
      error: `is not a whole number of ${UNIT_OF[quantity]}`,
    })
    .optional()

const fields = QUANTITIES.map((quantity) => [quantity, wholeOf(quantity)])
const schema = z.strictObject(Object.fromEntries(fields) as Record<Quantity, ReturnType<typeof wholeOf>>)

/** Whether there is a quantity that a device measures among the names: a message of readings has none. */
export function nameMeasures(names: Iterable<string>): boolean {
  for (const name of names) if ((QUANTITIES as readonly string[]).includes(name)) return true
  return false
}

/** What a device measured at one time, by the names of quantities. Throws `measures-malformed`. */
export function measuredOf(values: unknown, measuredAtMs: number | null): Measured[] {
  const parsed = parseFields(values, { schema, malformed: malformedMeasures })
  const measured = QUANTITIES.flatMap((quantity): Measured[] => {
    const value = parsed[quantity]
    return value === undefined ? [] : [{ quantity, value, measuredAtMs, quality: 'good' }]
  })
  if (measured.length === 0) throw malformedMeasures('it names no quantity')
  return measured
}
