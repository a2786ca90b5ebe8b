import { malformed } from './malformed.ts'
import { requireResource } from './resource-path.ts'
import type { ContentContext, ContentEntry } from './resource-value.ts'
import { tlvBytesOf } from './tlv-values.ts'

type Kind = 'object-instance' | 'resource-instance' | 'multiple-resource' | 'resource'

const KINDS = { 'object-instance': 0, 'resource-instance': 1, 'multiple-resource': 2, resource: 3 } as const
const LARGEST_LENGTH = 0xff_ffff

/** Writes TLV as it is written to, or read from, the path that was asked for; times and units are left out. */
export function encodeTlv(
  entries: readonly ContentEntry[],
  { asked, typeOf }: Pick<ContentContext, 'asked' | 'typeOf'>,
): Uint8Array {
  if (asked.length === 0) throw malformed('TLV does not say of which object it is')
  for (const { path } of entries) requireResource(path as readonly number[], asked)

  const instanceRecords = (ofInstance: readonly ContentEntry[]) =>
    [...groupedBy(ofInstance, 2)].map(([resource, values]) => {
      const records = values.map(({ path, value }) => {
        const bytes = tlvBytesOf(value, typeOf(path[0], path[2]))
        return path[3] === undefined
          ? recordOf('resource', resource, bytes)
          : recordOf('resource-instance', path[3], bytes)
      })
      const isMultiple = values[0]!.path[3] !== undefined && asked.length < 4
      return isMultiple ? recordOf('multiple-resource', resource, Buffer.concat(records)) : Buffer.concat(records)
    })

  if (asked.length > 1) return Buffer.concat(instanceRecords(entries))
  return Buffer.concat(
    [...groupedBy(entries, 1)].map(([instance, values]) =>
      recordOf('object-instance', instance, Buffer.concat(instanceRecords(values))),
    ),
  )
}

function groupedBy(entries: readonly ContentEntry[], depth: 1 | 2): ReadonlyMap<number, readonly ContentEntry[]> {
  return Map.groupBy(entries, ({ path }) => path[depth])
}

function recordOf(kind: Kind, id: number, value: Uint8Array): Uint8Array {
  const idBytes = id > 0xff ? [id >> 8, id & 0xff] : [id]
  const lengthBytes = lengthBytesOf(value.length)
  const type =
    (KINDS[kind] << 6) |
    ((idBytes.length - 1) << 5) |
    (lengthBytes.length << 3) |
    (lengthBytes.length === 0 ? value.length : 0)
  return Buffer.concat([Uint8Array.from([type, ...idBytes, ...lengthBytes]), value])
}

function lengthBytesOf(length: number): readonly number[] {
  if (length < 8) return []
  if (length <= 0xff) return [length]
  if (length <= 0xffff) return [length >> 8, length & 0xff]
  if (length > LARGEST_LENGTH) throw malformed(`a record of ${length} bytes is longer than TLV can say`)
  return [length >> 16, (length >> 8) & 0xff, length & 0xff]
}
