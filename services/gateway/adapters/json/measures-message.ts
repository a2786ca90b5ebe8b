import { z } from 'zod'
import type { Measured } from '../../../domain/devices/measurement.ts'
import { parseFields } from '../fields.ts'
import { malformedMeasures, measuredOf, nameMeasures } from '../measures.ts'
import type { MeasuresFormat } from '../measures-taking.ts'
import { isTimestamp } from '../timestamp.ts'
import { parseJsonMessage } from './json-message.ts'

const MOST_BYTES = 4_096
/** At one time each, in one list. */
const MOST_GROUPS = 8

const group = z.looseObject({
  measuredAt: z.string().refine(isTimestamp, { error: 'is no timestamp (ISO 8601)' }).nullable().default(null),
})
const list = z.array(group).min(1).max(MOST_GROUPS)

/** What was measured at one time as an object, or a list of such: `measuredAt`, and quantities by their names. */
function parseJsonMeasures(payload: Uint8Array): readonly Measured[] {
  const json = parseJsonMessage(payload, { schema: z.unknown(), mostBytes: MOST_BYTES, malformed: malformedMeasures })
  const groups = parseFields(Array.isArray(json) ? json : [json], { schema: list, malformed: malformedMeasures })
  return groups.flatMap(({ measuredAt, ...values }) =>
    measuredOf(values, measuredAt === null ? null : Date.parse(measuredAt)),
  )
}

/** Whether it is JSON that names a quantity. */
function isOfMeasures(payload: Uint8Array): boolean {
  try {
    const json: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    const [first] = Array.isArray(json) ? (json as unknown[]) : [json]
    return typeof first === 'object' && first !== null && nameMeasures(Object.keys(first))
  } catch {
    return false
  }
}

/** `value` is JSON; what it is not stays as wrong as it was. */
function withName(name: string, value: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`{${JSON.stringify(name)}:`), value, Buffer.from('}')])
}

export const jsonMeasures = {
  name: 'json-measures',
  protocol: 'json',
  isOfMeasures,
  withName,
  parse: parseJsonMeasures,
} as const satisfies MeasuresFormat

/** The same on the topic of a device that speaks MQTT by our own words, where nothing else comes. */
export const nativeMeasures = {
  name: 'measurements',
  protocol: 'mqtt',
  isOfMeasures: () => true,
  withName,
  parse: parseJsonMeasures,
} as const satisfies MeasuresFormat
