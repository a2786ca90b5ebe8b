import { malformed } from './malformed.ts'
import { formatPath, requireId } from './resource-path.ts'
import { entryCollector } from './content-entries.ts'
import type { ContentContext, ContentEntry } from './resource-value.ts'
import { tlvValueOf } from './tlv-values.ts'

/** How deep a path is that ends at a record, by the record's kind: the two highest bits of its type. */
const DEPTHS = [2, 4, 3, 3] as const
const RESOURCE_INSTANCE = 1
const RESOURCE = 3
const WIDE_ID = 0b10_0000

type TlvRecord = {
  readonly kind: number
  readonly id: number
  readonly value: Uint8Array
  readonly next: number
}

/**
 * Reads TLV (OMA-TS-LightweightM2M, 7.4.3). A device may begin at the path that was asked for or below it, and may leave
 * the instance of an object out that has only one.
 */
export function decodeTlv(payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  if (context.asked.length === 0) throw malformed('TLV does not say of which object it is')
  const collector = entryCollector(context)

  const read = (bytes: Uint8Array, within: readonly number[], isTop: boolean) => {
    for (let offset = 0; offset < bytes.length;) {
      const record = recordAt(bytes, offset, within)
      const path = placeOf(record, within, isTop)
      if (record.kind === RESOURCE || record.kind === RESOURCE_INSTANCE) {
        const type = context.typeOf(path[0]!, path[2]!)
        collector.add({ path, value: tlvValueOf(record.value, type, formatPath(path)) })
      } else {
        read(record.value, path, false)
      }
      offset = record.next
    }
  }
  read(payload, context.asked, true)
  return collector.entries
}

function placeOf({ kind, id }: TlvRecord, within: readonly number[], isTop: boolean): readonly number[] {
  const depth = DEPTHS[kind]!
  if (within.length === depth - 1) return [...within, id]
  if (isTop && within.length >= depth && within[depth - 1] === id) return within.slice(0, depth)
  if (isTop && within.length === 1 && depth === 3) return [within[0]!, 0, id]
  throw malformed(`a record of ${id} cannot be in ${formatPath(within)}`)
}

function recordAt(bytes: Uint8Array, offset: number, within: readonly number[]): TlvRecord {
  const where = `the record at byte ${offset} of ${formatPath(within)}`
  const type = bytes[offset]!
  const idLength = (type & WIDE_ID) === 0 ? 1 : 2
  const lengthLength = (type >> 3) & 0b11
  const start = offset + 1 + idLength + lengthLength
  if (start > bytes.length) throw malformed(`${where} ends in its header`)
  const id = unsignedAt(bytes, offset + 1, idLength)
  requireId(id, where)
  const length = lengthLength === 0 ? type & 0b111 : unsignedAt(bytes, offset + 1 + idLength, lengthLength)
  const next = start + length
  if (next > bytes.length) throw malformed(`${where} says ${length} bytes, and ${bytes.length - start} are there`)
  return { kind: type >> 6, id, value: bytes.subarray(start, next), next }
}

function unsignedAt(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0
  for (let position = 0; position < length; position++) value = value * 256 + bytes[offset + position]!
  return value
}
