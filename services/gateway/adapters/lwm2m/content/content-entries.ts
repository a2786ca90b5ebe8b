import { MOST_ENTRIES } from './limits.ts'
import { malformed } from './malformed.ts'
import { formatPath, requireResource } from './resource-path.ts'
import { typedValue, type ContentContext, type ContentEntry, type ResourceValue } from './resource-value.ts'

export type RawEntry = {
  readonly path: readonly number[]
  readonly value: ResourceValue
  readonly time?: number
  readonly unit?: string
}

/** Gathers what a payload says, each value once per time, below the path that was asked for. */
export function entryCollector({ asked, typeOf }: ContentContext) {
  const entries: ContentEntry[] = []
  const seen = new Set<string>()

  return {
    entries: entries as readonly ContentEntry[],
    add: ({ path, value, time, unit }: RawEntry) => {
      const name = formatPath(path)
      const resource = requireResource(path, asked)
      const key = `${name} ${time ?? ''}`
      if (seen.has(key)) throw malformed(`${name} is there twice`)
      if (seen.size === MOST_ENTRIES) throw malformed(`it has more than ${MOST_ENTRIES} values`)
      seen.add(key)
      entries.push({
        path: resource,
        value: typedValue(value, typeOf(resource[0], resource[2]), name),
        ...(time === undefined ? {} : { time }),
        ...(unit === undefined ? {} : { unit }),
      })
    },
  }
}
