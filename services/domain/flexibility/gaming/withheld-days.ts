import { meteredUsesOf } from '../baseline/baseline-case.ts'
import { comparedPeriodsOf } from '../baseline/eligible-days.ts'
import { localDayAfter, type LocalDay } from '../baseline/local-calendar.ts'
import { repeatedFindingOf, type Finding, type GuardThresholds, type Observation } from './finding.ts'
import { activatedDaysOfAsset, believedFlowsOf, daysAround, observationOf, type GuardedAsset } from './guarded-asset.ts'

export type WithheldSearch = {
  /** The local days that are looked at, both inclusive. */
  readonly firstDay: LocalDay
  readonly lastDay: LocalDay
  /** The quarter-hours in which the product is called, by the clock on the wall. */
  readonly quarters: readonly number[]
  /** How far away the days that they are compared with are sought, in calendar days. */
  readonly lookBackDays: number
  readonly thresholds: GuardThresholds
}

/**
 * Whether days drop out of the asset's baseline, because readings are estimated, just when it used little. Registers
 * count on through a gap, so what was used is known well enough to compare; a baseline without the low days is too high.
 * Null where they do not.
 */
export function withheldDaysFindingOf(asset: GuardedAsset, search: WithheldSearch): Finding | null {
  const { calendar, direction, flows } = asset
  const activatedDays = activatedDaysOfAsset(asset)
  const periodsOn = (day: LocalDay) => comparedPeriodsOf(calendar, day, search.quarters)
  const isMetered = (day: LocalDay) =>
    !activatedDays.has(day) && meteredUsesOf(direction, flows, periodsOn(day)) !== null
  const believed = { ...asset, flows: believedFlowsOf(flows) }
  const observations: Observation[] = []
  for (let day = search.firstDay; day <= search.lastDay; day = localDayAfter(day, 1)) {
    if (activatedDays.has(day) || isMetered(day)) continue
    const days = daysAround(calendar, day, search.lookBackDays, isMetered)
    const observation = observationOf(believed, { day, quarters: search.quarters, periods: periodsOn(day) }, days)
    if (observation !== null) observations.push(observation)
  }
  return repeatedFindingOf({ kind: 'low-days-withheld', sought: 'lower', thresholds: search.thresholds }, observations)
}
