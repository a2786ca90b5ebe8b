import { malformedMeasures, measuredOf, nameMeasures } from '../measures.ts'
import type { MeasuresFormat } from '../measures-taking.ts'
import { parseMeasures, type Measures } from './measures.ts'
import { ULTRALIGHT_BYTES } from './reading-measures.ts'

/** At one time each, in one message. */
const MOST_GROUPS = 8

/** UltraLight 2.0: quantities by their names, a group for each time. */
export const ultralightMeasures = {
  name: 'ultralight-measures',
  protocol: 'ultralight',
  isOfMeasures(payload: Uint8Array) {
    const groups = parseMeasures(Buffer.from(payload.subarray(0, ULTRALIGHT_BYTES)).toString('latin1'))
    return typeof groups !== 'string' && nameMeasures(groups[0]!.values.keys())
  },
  withName: (name: string, value: Uint8Array) => Buffer.concat([Buffer.from(`${name}|`), value]),
  parse(payload: Uint8Array) {
    const groups = groupsOf(payload)
    if (groups.length > MOST_GROUPS) {
      throw malformedMeasures(`it has ${groups.length} groups, and ${MOST_GROUPS} are the most`)
    }
    return groups.flatMap(({ at, values }) =>
      measuredOf(Object.fromEntries(values), at === null ? null : Date.parse(at)),
    )
  },
} as const satisfies MeasuresFormat

function groupsOf(payload: Uint8Array): readonly Measures[] {
  if (payload.length > ULTRALIGHT_BYTES) {
    throw malformedMeasures(`it has ${payload.length} bytes, and ${ULTRALIGHT_BYTES} are the most`)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
  } catch {
    throw malformedMeasures('it is not UTF-8')
  }
  const groups = parseMeasures(text)
  if (typeof groups === 'string') throw malformedMeasures(groups)
  return groups
}
