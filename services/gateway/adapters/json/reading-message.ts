import { z } from 'zod'
import { deliveryPeriod, energyWh } from '../../../domain/units.ts'
import type { SignedReading } from '../../signed-reading.ts'
import { count, malformedReading, parseFields, registerWh, signatureText } from '../fields.ts'
import type { ReadingFormat } from '../reading-taking.ts'
import { parseJsonMessage } from './json-message.ts'

export const READING_MESSAGE_BYTES = 1_024
const LIST_BYTES = 4_096
/** In one list. */
const MOST_READINGS = 8

const message = z.strictObject({
  deliveryPeriod: count,
  sequence: count,
  importRegisterWh: registerWh,
  exportRegisterWh: registerWh,
  signature: signatureText,
})
const list = z.array(message).min(1).max(MOST_READINGS)

/** A reading a message. */
export const singleJson = {
  name: 'reading',
  protocol: 'mqtt',
  parse: (payload: Uint8Array) => [parseReadingMessage(payload)],
} as const satisfies ReadingFormat

/** A reading, or a list of readings. */
export const listedJson = {
  name: 'reading-list',
  protocol: 'json',
  parse(payload: Uint8Array) {
    const json = parseJsonMessage(payload, { schema: z.unknown(), mostBytes: LIST_BYTES, malformed: malformedReading })
    const readings = Array.isArray(json) ? json : [json]
    return parseFields(readings, { schema: list, malformed: malformedReading }).map(readingOf)
  },
} as const satisfies ReadingFormat

/** Throws `reading-malformed`, saying what is wrong with the message. */
export function parseReadingMessage(payload: Uint8Array): SignedReading {
  const format = { schema: message, mostBytes: READING_MESSAGE_BYTES, malformed: malformedReading }
  return readingOf(parseJsonMessage(payload, format))
}

function readingOf(parsed: z.infer<typeof message>): SignedReading {
  return {
    deliveryPeriod: deliveryPeriod(parsed.deliveryPeriod),
    sequence: parsed.sequence,
    importRegister: energyWh(BigInt(parsed.importRegisterWh)),
    exportRegister: energyWh(BigInt(parsed.exportRegisterWh)),
    signature: parsed.signature.toLowerCase(),
  }
}
