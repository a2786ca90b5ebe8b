import { entryCollector } from './content-entries.ts'
import { timeOf } from './content-time.ts'
import { malformed, shown } from './malformed.ts'
import { parsePath } from './resource-path.ts'
import type { ContentContext, ContentEntry, ResourceType, ResourceValue } from './resource-value.ts'

/** A record of SenML (RFC 8428), as JSON and CBOR both have it. */
export type SenmlRecord = {
  readonly bver?: number | undefined
  readonly bn?: string | undefined
  readonly bt?: number | undefined
  readonly bu?: string | undefined
  readonly bv?: number | bigint | undefined
  readonly n?: string | undefined
  readonly t?: number | undefined
  readonly u?: string | undefined
  readonly v?: number | bigint | undefined
  readonly vs?: string | undefined
  readonly vb?: boolean | undefined
  readonly vd?: Uint8Array | undefined
  readonly vlo?: string | undefined
}

type Bases = {
  readonly bn: string
  readonly bt: number | undefined
  readonly bu: string | undefined
  readonly bv: number | bigint | undefined
}

const NEWEST_VERSION = 10

/**
 * What the records say, each on the bases before it: names are concatenated, never joined; times and values are added.
 * A record of nothing but bases has no value of its own.
 */
export function entriesOfRecords(records: readonly SenmlRecord[], context: ContentContext): readonly ContentEntry[] {
  const collector = entryCollector(context)
  let bases: Bases = { bn: '', bt: undefined, bu: undefined, bv: undefined }
  for (const record of records) {
    if ((record.bver ?? NEWEST_VERSION) > NEWEST_VERSION)
      throw malformed(`version ${record.bver} of SenML is not known`)
    bases = basesOf(record, bases)
    if (isBaseOnly(record)) continue
    const name = bases.bn + (record.n ?? '')
    const time = timeOf(bases.bt, record.t, context)
    const unit = record.u ?? bases.bu
    collector.add({
      path: parsePath(name),
      value: valueOf(record, bases.bv, shown(name)),
      ...(time === undefined ? {} : { time }),
      ...(unit === undefined ? {} : { unit }),
    })
  }
  return collector.entries
}

/** Records that say the entries, below one base name. */
export function recordsOfEntries(
  entries: readonly ContentEntry[],
  { typeOf }: Pick<ContentContext, 'typeOf'>,
): readonly SenmlRecord[] {
  let base = ''
  return entries.map(({ path, value, time, unit }) => {
    const [object, instance, ...rest] = path
    const bn = `/${object}/${instance}/`
    const isNewBase = bn !== base
    base = bn
    return {
      ...(isNewBase ? { bn } : {}),
      n: rest.join('/'),
      ...(unit === undefined ? {} : { u: unit }),
      ...(time === undefined ? {} : { t: time }),
      ...wordOf(value, typeOf(object, path[2])),
    }
  })
}

function basesOf({ bn, bt, bu, bv }: SenmlRecord, before: Bases): Bases {
  return { bn: bn ?? before.bn, bt: bt ?? before.bt, bu: bu ?? before.bu, bv: bv ?? before.bv }
}

function isBaseOnly({ n, t, u, ...record }: SenmlRecord): boolean {
  return n === undefined && t === undefined && u === undefined && wordsOf(record).length === 0
}

function wordsOf({ v, vs, vb, vd, vlo }: SenmlRecord): readonly ResourceValue[] {
  return [v, vs, vb, vd, vlo].filter((word) => word !== undefined)
}

function valueOf(record: SenmlRecord, base: number | bigint | undefined, where: string): ResourceValue {
  const [value, another] = wordsOf(record)
  if (another !== undefined) throw malformed(`${where} has two values`)
  if (value === undefined && base === undefined) throw malformed(`${where} has no value`)
  if (value !== undefined && typeof value !== 'number' && typeof value !== 'bigint') return value
  return base === undefined ? value! : sumOf(base, value ?? 0n)
}

function sumOf(base: number | bigint, value: number | bigint): number | bigint {
  const integers = [base, value].map((summand) => (Number.isSafeInteger(summand) ? BigInt(summand) : summand))
  const [first, second] = integers as [number | bigint, number | bigint]
  return typeof first === 'bigint' && typeof second === 'bigint' ? first + second : Number(first) + Number(second)
}

function wordOf(value: ResourceValue, type: ResourceType | null): SenmlRecord {
  if (typeof value === 'boolean') return { vb: value }
  if (typeof value === 'string') return type === 'link' ? { vlo: value } : { vs: value }
  return value instanceof Uint8Array ? { vd: value } : { v: value }
}
