import type { DeviceKind } from '../../../../domain/devices/device.ts'
import type { Measured, MeasurementQuality } from '../../../../domain/devices/measurement.ts'
import { UNIT_OF, type Quantity } from '../../../../domain/devices/quantity.ts'
import { DomainError } from '../../../../domain/errors.ts'
import { formatPath } from '../content/resource-path.ts'
import type { ContentEntry, ResourceValue } from '../content/resource-value.ts'
import { scaledSumOf, type Scale } from './exact-scale.ts'
import { flowOf, isFlow } from './flows.ts'
import { MEASURING_RESOURCES, type ResourceRule } from './measuring-resources.ts'
import type { InstancePath, MeasuringSources } from './measuring-sources.ts'
import { scaleOf } from './measuring-units.ts'
import { requirePossible } from './possible-values.ts'

export type MeasuringContext = {
  readonly kind: DeviceKind
  readonly sources: MeasuringSources
  /** The sensor units (5701) that an instance told before; null where it never did. */
  readonly unitOf: (instance: InstancePath) => string | null
}

const UNITS = 5701
const TIMESTAMP = 5518
const FRACTION = 6050
const QUALITY_INDICATOR = 6042
const QUALITY_LEVEL = 6049
const UNCHECKED = 0n
const ACCEPTED = 4n
const FULL_QUALITY = 100n

/** The resources of an instance at one time. */
type Sample = { readonly instance: InstancePath; readonly entries: ReadonlyMap<number, ContentEntry> }

/**
 * What a device's resources say as measurements; those of no meaning here are left out. Throws `lwm2m-impossible` for a
 * value that cannot be, and `lwm2m-unit-unknown` for one whose unit is not known.
 */
export function measuredOf(entries: readonly ContentEntry[], context: MeasuringContext): readonly Measured[] {
  return samplesOf(entries, context.sources).flatMap((sample) => measuredOfSample(sample, context))
}

function samplesOf(entries: readonly ContentEntry[], { flows, states }: MeasuringSources): readonly Sample[] {
  const sources = new Set([...(flows === null ? [] : [flows]), ...states].map(formatPath))
  const single = entries.filter(({ path }) => path[3] === undefined && sources.has(formatPath(path.slice(0, 2))))
  const samples = Map.groupBy(single, ({ path, time }) => `${path[0]}/${path[1]} ${time ?? ''}`)
  return [...samples.values()].map((ofSample) => {
    const [object, instance] = ofSample[0]!.path
    return { instance: [object, instance], entries: new Map(ofSample.map((entry) => [entry.path[2], entry])) }
  })
}

function measuredOfSample(sample: Sample, context: MeasuringContext): readonly Measured[] {
  const [object, instance] = sample.instance
  const { flows } = context.sources
  const isFlowSource = flows !== null && flows[0] === object && flows[1] === instance
  const measured = new Map<Quantity, Measured>()
  for (const rule of MEASURING_RESOURCES.get(object) ?? []) {
    const { quantity, sign } = flowOf(rule.meaning, context.kind)
    if (measured.has(quantity) || !applies(rule, sample) || (isFlow(rule.meaning, object) && !isFlowSource)) continue
    const value = valueOf(rule, sample, { quantity, sign, context })
    if (value === null) continue
    measured.set(quantity, { quantity, value, measuredAtMs: measuredAtMsOf(sample), quality: qualityOf(sample) })
  }
  return [...measured.values()]
}

function applies({ of, less = [], without }: ResourceRule, { entries }: Sample): boolean {
  const isThere = (resource: number) => entries.has(resource)
  const isAlone = without === undefined || (!isThere(without.missing) && isThere(without.present))
  return [...of, ...less].every(isThere) && isAlone
}

/** Null for a set-point of something else than power. */
function valueOf(
  rule: ResourceRule,
  sample: Sample,
  { quantity, sign, context }: { quantity: Quantity; sign: 1n | -1n; context: MeasuringContext },
): bigint | null {
  const where = (resource: number) => formatPath([...sample.instance, resource])
  const summands = []
  for (const [resources, direction] of [
    [rule.of, sign],
    [rule.less ?? [], -sign as 1n | -1n],
  ] as const) {
    for (const resource of resources) {
      const entry = sample.entries.get(resource)!
      const scale = scaleOfEntry(entry, { rule, quantity, sample, context })
      if (scale === null) return null
      const value = numberOf(entry.value, where(resource))
      if (rule.isUnsigned && value < 0) throw impossible(`${where(resource)} is less than nothing`)
      summands.push({ value, scale, sign: direction })
    }
  }
  const value = scaledSumOf(summands)
  if (value === null) throw impossible(`${where(rule.of[0]!)} is no finite number`)
  requirePossible(quantity, value, where(rule.of[0]!))
  return value
}

function scaleOfEntry(
  entry: ContentEntry,
  {
    rule,
    quantity,
    sample,
    context,
  }: { rule: ResourceRule; quantity: Quantity; sample: Sample; context: MeasuringContext },
): Scale | null {
  const told = sample.entries.get(UNITS)?.value
  const sensorUnit = typeof told === 'string' && told.trim() !== '' ? told : context.unitOf(sample.instance)
  const unit = entry.unit ?? sensorUnit ?? rule.unit
  const scale = unit === null ? null : scaleOf(UNIT_OF[quantity], unit)
  if (scale !== null || quantity === 'set-point') return scale
  const words = unit === null ? 'says no unit' : `is in ${JSON.stringify(unit.slice(0, 20))}`
  throw new DomainError(
    'lwm2m-unit-unknown',
    `${formatPath(entry.path)} ${words}, where ${UNIT_OF[quantity]} is to come of it`,
  )
}

function measuredAtMsOf({ entries }: Sample): number | null {
  const [anyEntry] = entries.values()
  if (anyEntry?.time !== undefined) return Math.round(anyEntry.time * 1_000)
  const seconds = entries.get(TIMESTAMP)?.value
  if (typeof seconds !== 'bigint') return null
  const fraction = entries.get(FRACTION)?.value
  const part = typeof fraction === 'number' && fraction >= 0 && fraction < 1 ? fraction : 0
  const milliseconds = Number(seconds) * 1_000 + Math.round(part * 1_000)
  if (seconds < 0n || !Number.isSafeInteger(milliseconds)) throw impossible('the timestamp is out of all bounds')
  return milliseconds
}

function qualityOf({ entries }: Sample): MeasurementQuality {
  const indicator = entries.get(QUALITY_INDICATOR)?.value ?? ACCEPTED
  const level = entries.get(QUALITY_LEVEL)?.value ?? FULL_QUALITY
  return (indicator === UNCHECKED || indicator === ACCEPTED) && level === FULL_QUALITY ? 'good' : 'doubtful'
}

function numberOf(value: ResourceValue, where: string): number | bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number' || typeof value === 'bigint') return value
  throw impossible(`${where} is no number`)
}

function impossible(reason: string): DomainError {
  return new DomainError('lwm2m-impossible', `${reason}, which cannot have been measured`)
}
