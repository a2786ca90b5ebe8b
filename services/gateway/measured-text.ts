import { z } from 'zod'
import type { Measured } from '../domain/devices/measurement.ts'
import { QUANTITIES } from '../domain/devices/quantity.ts'
import { DomainError } from '../domain/errors.ts'

/** The format of refused measurements, by which they are read again. */
export const MEASURED_FORMAT = 'measured'

const schema = z
  .array(
    z.strictObject({
      quantity: z.enum(QUANTITIES),
      value: z
        .string()
        .regex(/^-?\d{1,19}$/)
        .transform(BigInt),
      measuredAtMs: z.number().nullable(),
      quality: z.enum(['good', 'doubtful', 'substituted']),
    }),
  )
  .min(1)

/** As JSON; numbers of any size as text. */
export function formatMeasured(measured: readonly Measured[]): Buffer {
  const shown = measured.map(({ quantity, value, measuredAtMs, quality }) => {
    return { quantity, value: String(value), measuredAtMs, quality }
  })
  return Buffer.from(JSON.stringify(shown))
}

/** Throws `measurement-malformed`. */
export function parseMeasured(payload: Uint8Array): readonly Measured[] {
  try {
    return schema.parse(JSON.parse(Buffer.from(payload).toString('utf8')))
  } catch {
    throw new DomainError('measurement-malformed', 'this is not how refused measurements are kept')
  }
}
