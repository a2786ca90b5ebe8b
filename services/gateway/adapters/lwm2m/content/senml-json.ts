import { z } from 'zod'
import { parseFields } from '../../fields.ts'
import { jsonNumberOf } from './json.ts'
import { jsonOf, MOST_ENTRIES } from './limits.ts'
import { malformed, shown } from './malformed.ts'
import type { ContentContext, ContentEntry } from './resource-value.ts'
import { entriesOfRecords, recordsOfEntries } from './senml-records.ts'

const base64url = z.base64url()

const opaque = z.string().transform((text, context) => {
  const bare = text.replace(/={1,2}$/, '')
  if (base64url.safeParse(bare).success) return Uint8Array.from(Buffer.from(bare, 'base64url'))
  context.addIssue({ code: 'custom', message: 'is no base64url' })
  return z.NEVER
})

const schema = z
  .array(
    z.looseObject({
      bver: z.number().optional(),
      bn: z.string().max(40).optional(),
      bt: z.number().optional(),
      bu: z.string().max(40).optional(),
      bv: z.number().optional(),
      n: z.string().max(40).optional(),
      t: z.number().optional(),
      u: z.string().max(40).optional(),
      v: z.number().optional(),
      vs: z.string().optional(),
      vb: z.boolean().optional(),
      vd: opaque.optional(),
      vlo: z.string().optional(),
    }),
  )
  .max(MOST_ENTRIES)

/** Reads SenML as JSON (RFC 8428). A field that it does not know is left out, but not one that must be understood. */
export function decodeSenmlJson(payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  const records = parseFields(jsonOf(payload), { schema, malformed })
  for (const record of records) {
    const field = Object.keys(record).find((key) => key.endsWith('_'))
    if (field !== undefined) throw malformed(`${shown(field)} would have to be understood`)
  }
  return entriesOfRecords(records, context)
}

/** Writes SenML as JSON. Throws `lwm2m-malformed` for a number that JSON cannot hold. */
export function encodeSenmlJson(entries: readonly ContentEntry[], context: Pick<ContentContext, 'typeOf'>): Uint8Array {
  const records = recordsOfEntries(entries, context).map(({ v, vd, ...record }) => ({
    ...record,
    ...(v === undefined ? {} : { v: jsonNumberOf(v) }),
    ...(vd === undefined ? {} : { vd: Buffer.from(vd).toString('base64url') }),
  }))
  return Buffer.from(JSON.stringify(records), 'utf8')
}
