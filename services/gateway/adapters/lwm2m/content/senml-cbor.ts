import { z } from 'zod'
import { parseFields } from '../../fields.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { MOST_ENTRIES } from './limits.ts'
import { malformed, shown } from './malformed.ts'
import type { ContentContext, ContentEntry } from './resource-value.ts'
import { entriesOfRecords, recordsOfEntries, type SenmlRecord } from './senml-records.ts'

/** RFC 8428, table 6; `vlo` has no number. */
const LABELS = new Map<unknown, keyof SenmlRecord>([
  [-1, 'bver'],
  [-2, 'bn'],
  [-3, 'bt'],
  [-4, 'bu'],
  [-5, 'bv'],
  [0, 'n'],
  [1, 'u'],
  [2, 'v'],
  [3, 'vs'],
  [4, 'vb'],
  [6, 't'],
  [8, 'vd'],
  ['vlo', 'vlo'],
])
const LABEL_OF = new Map([...LABELS].map(([label, field]) => [field, label] as const))

const number = z.union([z.number(), z.bigint(), z.nan(), z.literal([Infinity, -Infinity])])
const name = z.string().max(40)
const schema = z.object({
  bver: z.number().optional(),
  bn: name.optional(),
  bt: z.number().optional(),
  bu: name.optional(),
  bv: number.optional(),
  n: name.optional(),
  t: z.number().optional(),
  u: name.optional(),
  v: number.optional(),
  vs: z.string().optional(),
  vb: z.boolean().optional(),
  vd: z.instanceof(Uint8Array).optional(),
  vlo: z.string().optional(),
})

/** Reads SenML as CBOR (RFC 8428). A field that it does not know is left out, but not one that must be understood. */
export function decodeSenmlCbor(payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  const pack = decodeCbor(payload)
  if (!Array.isArray(pack)) throw malformed('SenML is an array of records')
  if (pack.length > MOST_ENTRIES) throw malformed(`it has more than ${MOST_ENTRIES} records`)
  return entriesOfRecords(pack.map(recordOf), context)
}

/** Writes SenML as CBOR. */
export function encodeSenmlCbor(entries: readonly ContentEntry[], context: Pick<ContentContext, 'typeOf'>): Uint8Array {
  return encodeCbor(
    recordsOfEntries(entries, context).map(
      (record) =>
        new Map(
          Object.entries(record).map(([field, value]) => {
            const label = LABEL_OF.get(field as keyof SenmlRecord)
            return [typeof label === 'number' ? BigInt(label) : label, value]
          }),
        ),
    ),
  )
}

function recordOf(item: unknown): SenmlRecord {
  if (!(item instanceof Map)) throw malformed('a record of SenML is no map')
  const fields: [string, unknown][] = []
  for (const [label, value] of item as Map<unknown, unknown>) {
    const field = LABELS.get(label)
    if (field !== undefined) fields.push([field, value])
    else if (typeof label === 'string' && label.endsWith('_'))
      throw malformed(`${shown(label)} would have to be understood`)
  }
  return parseFields(Object.fromEntries(fields), { schema, malformed })
}
