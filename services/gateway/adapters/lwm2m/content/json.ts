import { z } from 'zod'
import { parseFields } from '../../fields.ts'
import { entryCollector } from './content-entries.ts'
import { timeOf } from './content-time.ts'
import { jsonOf, MOST_ENTRIES } from './limits.ts'
import { malformed } from './malformed.ts'
import { formatPath, parsePath, type AskedPath } from './resource-path.ts'
import type { ContentContext, ContentEntry, ResourceType, ResourceValue } from './resource-value.ts'

const schema = z.object({
  bn: z.string().max(40).optional(),
  bt: z.number().optional(),
  e: z
    .array(
      z.object({
        n: z.string().max(40).optional(),
        t: z.number().optional(),
        v: z.number().optional(),
        sv: z.string().optional(),
        bv: z.boolean().optional(),
        ov: z.string().optional(),
      }),
    )
    .max(MOST_ENTRIES),
})
type JsonEntry = z.output<typeof schema>['e'][number]

/** Reads the JSON of LwM2M 1.0, whose names are below the path that was asked for where no base name is said. */
export function decodeJson(payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  const { bn = '', bt, e } = parseFields(jsonOf(payload), { schema, malformed })
  const collector = entryCollector(context)
  for (const entry of e) {
    const path = pathOf(bn + (entry.n ?? ''), context.asked)
    const [object, , resource] = path
    const isOpaque = context.typeOf(object!, resource ?? -1) === 'opaque'
    const time = timeOf(bt, entry.t, context)
    const value = valueOf(entry, isOpaque, formatPath(path))
    collector.add({ path, value, ...(time === undefined ? {} : { time }) })
  }
  return collector.entries
}

/** Writes the JSON of LwM2M 1.0. Throws `lwm2m-malformed` for a number that JSON cannot hold. */
export function encodeJson(entries: readonly ContentEntry[], { typeOf }: Pick<ContentContext, 'typeOf'>): Uint8Array {
  const e = entries.map(({ path, value, time }) => ({
    n: path.join('/'),
    ...(time === undefined ? {} : { t: time }),
    ...wordOf(value, typeOf(path[0], path[2])),
  }))
  return Buffer.from(JSON.stringify({ bn: '/', e }), 'utf8')
}

/** A number as JSON has it, exactly. */
export function jsonNumberOf(value: number | bigint): number {
  const number = Number(value)
  const isExact = typeof value === 'bigint' ? Number.isSafeInteger(number) : Number.isFinite(number)
  if (!isExact) throw malformed(`${value} cannot be said in JSON`)
  return number
}

function pathOf(name: string, asked: AskedPath): readonly number[] {
  if (name.startsWith('/')) return parsePath(name)
  if (name === '') return asked
  return parsePath(`${asked.length === 0 ? '' : formatPath(asked)}/${name}`)
}

function valueOf({ v, sv, bv, ov }: JsonEntry, isOpaque: boolean, where: string): ResourceValue {
  const text = sv !== undefined && isOpaque ? bytesOf(sv, where) : sv
  const [value, another] = [v, text, bv, ov].filter((word) => word !== undefined)
  if (value === undefined) throw malformed(`${where} has no value`)
  if (another !== undefined) throw malformed(`${where} has two values`)
  return value
}

function wordOf(value: ResourceValue, type: ResourceType | null) {
  if (typeof value === 'boolean') return { bv: value }
  if (typeof value === 'string') return type === 'link' ? { ov: value } : { sv: value }
  if (value instanceof Uint8Array) return { sv: Buffer.from(value).toString('base64') }
  return { v: jsonNumberOf(value) }
}

const base64 = z.base64()

/** The bytes of base64, which is refused where anything else is in it. */
export function bytesOf(text: string, where: string): Uint8Array {
  if (!base64.safeParse(text).success) throw malformed(`${where} is no base64`)
  return Uint8Array.from(Buffer.from(text, 'base64'))
}
