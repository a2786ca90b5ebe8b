import { bytesOf } from './json.ts'
import { entryCollector } from './content-entries.ts'
import { requireValueSize, textOf } from './limits.ts'
import { malformed } from './malformed.ts'
import { formatPath } from './resource-path.ts'
import type { ContentContext, ContentEntry, ResourceType, ResourceValue } from './resource-value.ts'

const INTEGER = /^-?\d{1,20}$/
const FLOAT = /^[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,4})?$/

/** Reads plain text: the value of the resource that was asked for. */
export function decodeText(payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  const where = formatPath(context.asked)
  requireValueSize(payload.length, where)
  const [object, , resource] = context.asked
  const type = object === undefined || resource === undefined ? null : context.typeOf(object, resource)
  return entryOf(valueOf(textOf(payload, where), type, where), context)
}

/** Writes the one value as plain text. */
export function encodeText(entries: readonly ContentEntry[]): Uint8Array {
  const value = onlyValueOf(entries)
  if (value instanceof Uint8Array) return Buffer.from(Buffer.from(value).toString('base64'), 'utf8')
  if (typeof value === 'boolean') return Buffer.from(value ? '1' : '0', 'utf8')
  if (typeof value === 'number' && !Number.isFinite(value)) throw malformed(`${value} cannot be said in plain text`)
  return Buffer.from(Object.is(value, -0) ? '-0' : String(value), 'utf8')
}

/** Reads opaque bytes, of a resource that is opaque or not known. */
export function decodeOpaque(payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  return entryOf(Uint8Array.from(payload), context)
}

/** Writes the one value, which is opaque. */
export function encodeOpaque(entries: readonly ContentEntry[]): Uint8Array {
  const value = onlyValueOf(entries)
  if (!(value instanceof Uint8Array)) throw malformed('a value that is not opaque cannot be said as such')
  return value
}

function entryOf(value: ResourceValue, context: ContentContext): readonly ContentEntry[] {
  const collector = entryCollector(context)
  collector.add({ path: context.asked, value })
  return collector.entries
}

function onlyValueOf(entries: readonly ContentEntry[]): ResourceValue {
  const [entry, another] = entries
  if (entry === undefined || another !== undefined)
    throw malformed(`it is for one value, and not for ${entries.length}`)
  return entry.value
}

function valueOf(text: string, type: ResourceType | null, where: string): ResourceValue {
  switch (type) {
    case 'integer':
    case 'time':
      if (!INTEGER.test(text)) throw malformed(`${where} is no whole number`)
      return BigInt(text)
    case 'float':
      if (!FLOAT.test(text)) throw malformed(`${where} is no number`)
      return Number(text)
    case 'boolean':
      if (text !== '0' && text !== '1') throw malformed(`${where} is no boolean, which is a 0 or a 1`)
      return text === '1'
    case 'opaque':
      return bytesOf(text, where)
    case 'string':
    case 'link':
    case null:
      return text
  }
}
