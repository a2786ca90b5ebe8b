import type { DeliveryPeriod } from '../../units.ts'
import {
  localDaysOf,
  meteredUsesOf,
  totalOf,
  type CongestionDirection,
  type ControlMember,
} from '../baseline/baseline-case.ts'
import { comparedPeriodsOf } from '../baseline/eligible-days.ts'
import { coversDay, dayTypeOf, localDayAfter, type LocalCalendar, type LocalDay } from '../baseline/local-calendar.ts'
import type { FlowSeries } from '../baseline/period-flow.ts'
import type { DayLevel, Observation } from './finding.ts'

/** An activation that is over. */
export type PastActivation = { readonly activated: readonly DeliveryPeriod[]; readonly notifiedAt: number }

/** What the guards know of an asset. */
export type GuardedAsset = {
  readonly calendar: LocalCalendar
  readonly direction: CongestionDirection
  readonly flows: FlowSeries
  readonly activations: readonly PastActivation[]
  /** Periods in which others activated it: these days are fit for no comparison either. */
  readonly otherActivations: readonly DeliveryPeriod[]
  readonly controlGroup: readonly ControlMember[]
  /** With fewer comparable members the control group is left out of a comparison. */
  readonly fewestMembers: number
}

/** Quarter-hours that are compared on several days, by the clock on the wall. */
type Compared = {
  readonly day: LocalDay
  readonly quarters: readonly number[]
  readonly periods: readonly DeliveryPeriod[]
}

export function activatedDaysOfAsset({ calendar, activations, otherActivations }: GuardedAsset): ReadonlySet<LocalDay> {
  return localDaysOf(calendar, [...activations.flatMap(({ activated }) => activated), ...otherActivations])
}

/**
 * What was used in the quarter-hours on a day, beside what was used on others. A member of the control group counts that
 * was metered in all of them and activated on none of the days. Null where the asset was not metered on the day; days on
 * which it was not are left out.
 */
export function observationOf(
  asset: GuardedAsset,
  { day, quarters, periods }: Compared,
  others: readonly LocalDay[],
): Observation | null {
  const { calendar, direction, flows } = asset
  const own = meteredUsesOf(direction, flows, periods)
  if (own === null) return null
  const compared = others.flatMap((other) => {
    const otherPeriods = comparedPeriodsOf(calendar, other, quarters)
    const uses = meteredUsesOf(direction, flows, otherPeriods)
    return uses === null ? [] : [{ day: other, periods: otherPeriods, use: totalOf(uses) }]
  })
  const [control, ...controls] = controlUsesOf(asset, [{ day, periods }, ...compared]) ?? [null]
  const comparedWith = compared.map((one, index): DayLevel => ({
    day: one.day,
    use: one.use,
    control: controls[index] ?? null,
  }))
  return { day, periods, use: totalOf(own), control: control ?? null, comparedWith }
}

/** The flows with estimates taken for what was metered: registers count on through a gap. */
export function believedFlowsOf(flows: FlowSeries): FlowSeries {
  return new Map([...flows].map(([period, flow]) => [period, { ...flow, quality: 'metered' }]))
}

/** Days of the calendar of the same type within so many days before or after, the nearest first, and of two as near the earlier one. */
export function daysAround(
  calendar: LocalCalendar,
  day: LocalDay,
  within: number,
  isComparable: (day: LocalDay) => boolean,
): LocalDay[] {
  const type = dayTypeOf(calendar, day)
  const distances = Array.from({ length: within }, (_, index) => [-(index + 1), index + 1]).flat()
  return distances
    .map((distance) => localDayAfter(day, distance))
    .filter((other) => coversDay(calendar, other) && dayTypeOf(calendar, other) === type && isComparable(other))
}

/** What the control group used on each of the days; null where too few members can be compared, or used nothing. */
function controlUsesOf(
  { calendar, direction, controlGroup, fewestMembers }: GuardedAsset,
  days: readonly { readonly day: LocalDay; readonly periods: readonly DeliveryPeriod[] }[],
): bigint[] | null {
  const members = controlGroup.flatMap(({ flows, activations }) => {
    const activatedDays = localDaysOf(calendar, activations)
    if (days.some(({ day }) => activatedDays.has(day))) return []
    const uses = days.map(({ periods }) => meteredUsesOf(direction, flows, periods))
    return uses.includes(null) ? [] : [uses.map((one) => totalOf(one!))]
  })
  if (members.length === 0 || members.length < fewestMembers) return null
  const totals = days.map((_, index) => totalOf(members.map((uses) => uses[index]!)))
  return totals.every((total) => total > 0n) ? totals : null
}
