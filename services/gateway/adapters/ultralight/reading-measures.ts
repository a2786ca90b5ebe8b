import { z } from 'zod'
import { deliveryPeriod, energyWh } from '../../../domain/units.ts'
import type { SignedReading } from '../../signed-reading.ts'
import { count, malformedReading, parseFields, registerWh, signatureText } from '../fields.ts'
import type { ReadingFormat } from '../reading-taking.ts'
import { parseMeasures, type Measures } from './measures.ts'

export const ULTRALIGHT_BYTES = 4_096
/** In one message. */
const MOST_READINGS = 8

const countText = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,9})$/, { error: 'is not a whole number' })
  .transform(Number)
  .pipe(count)

/** Delivery period, sequence (n), registers of import and export in Wh, signature. */
const group = z.strictObject({ p: countText, n: countText, i: registerWh, e: registerWh, s: signatureText })

/** UltraLight 2.0: a group a reading. */
export const ultralight = {
  name: 'ultralight',
  protocol: 'ultralight',
  parse(payload: Uint8Array) {
    if (payload.length > ULTRALIGHT_BYTES) {
      throw malformedReading(`it has ${payload.length} bytes, and ${ULTRALIGHT_BYTES} are the most`)
    }
    const groups = groupsOf(payload)
    if (groups.length > MOST_READINGS) {
      throw malformedReading(`it has ${groups.length} groups, and ${MOST_READINGS} are the most`)
    }
    return groups.map(readingOf)
  },
} as const satisfies ReadingFormat

function groupsOf(payload: Uint8Array): readonly Measures[] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch {
    throw malformedReading('it is not UTF-8')
  }
  const groups = parseMeasures(text)
  if (typeof groups === 'string') throw malformedReading(groups)
  return groups
}

function readingOf({ values }: Measures): SignedReading {
  const { p, n, i, e, s } = parseFields(Object.fromEntries(values), { schema: group, malformed: malformedReading })
  return {
    deliveryPeriod: deliveryPeriod(p),
    sequence: n,
    importRegister: energyWh(BigInt(i)),
    exportRegister: energyWh(BigInt(e)),
    signature: s.toLowerCase(),
  }
}
