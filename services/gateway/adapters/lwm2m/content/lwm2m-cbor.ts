import { decodeCbor, encodeCbor } from './cbor.ts'
import { entryCollector } from './content-entries.ts'
import { malformed } from './malformed.ts'
import { formatPath, requireId } from './resource-path.ts'
import type { ContentContext, ContentEntry, ResourceValue } from './resource-value.ts'

const DEEPEST = 4

/** Reads LwM2M CBOR (OMA-TS-LightweightM2M 1.2, 7.4.6): maps in maps, whose keys are an id or several of them. */
export function decodeLwm2mCbor(payload: Uint8Array, context: ContentContext): readonly ContentEntry[] {
  const collector = entryCollector(context)

  const read = (item: unknown, path: readonly number[]) => {
    if (!(item instanceof Map)) {
      collector.add({ path, value: valueOf(item, formatPath(path)) })
      return
    }
    for (const [key, value] of item as Map<unknown, unknown>) read(value, [...path, ...idsOf(key, path)])
  }

  const root = decodeCbor(payload)
  if (!(root instanceof Map)) throw malformed('LwM2M CBOR is a map')
  read(root, [])
  return collector.entries
}

/** Writes LwM2M CBOR: a key of object and instance, in it the resources. */
export function encodeLwm2mCbor(entries: readonly ContentEntry[]): Uint8Array {
  const root = new Map<bigint[], Map<bigint, unknown>>()
  for (const ofInstance of Map.groupBy(entries, ({ path }) => `${path[0]}/${path[1]}`).values()) {
    const resources = new Map<bigint, unknown>()
    for (const [resource, values] of Map.groupBy(ofInstance, ({ path }) => path[2])) {
      resources.set(BigInt(resource), resourceOf(values))
    }
    const [object, instance] = ofInstance[0]!.path
    root.set([BigInt(object), BigInt(instance)], resources)
  }
  return encodeCbor(root)
}

function resourceOf(values: readonly ContentEntry[]): unknown {
  const [first] = values
  if (first?.path[3] === undefined) return first?.value
  return new Map(values.map(({ path, value }) => [BigInt(path[3] ?? 0), value]))
}

function idsOf(key: unknown, path: readonly number[]): readonly number[] {
  const ids: readonly unknown[] = Array.isArray(key) ? key : [key]
  const where = formatPath(path)
  if (ids.length === 0 || path.length + ids.length > DEEPEST) throw malformed(`${where} has a key of ${ids.length} ids`)
  return ids.map((id) => {
    requireId(id, where)
    return id
  })
}

function valueOf(item: unknown, where: string): ResourceValue {
  const isValue =
    typeof item === 'number' ||
    typeof item === 'bigint' ||
    typeof item === 'boolean' ||
    typeof item === 'string' ||
    item instanceof Uint8Array
  if (!isValue) throw malformed(`${where} has no value`)
  return item
}
