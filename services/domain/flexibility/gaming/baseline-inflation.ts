import { activatedDaysOf } from '../baseline/baseline-case.ts'
import { eligibleDaysOf, comparedPeriodsOf } from '../baseline/eligible-days.ts'
import type { LocalDay } from '../baseline/local-calendar.ts'
import { repeatedFindingOf, type Finding, type GuardThresholds } from './finding.ts'
import { activatedDaysOfAsset, daysAround, observationOf, type GuardedAsset } from './guarded-asset.ts'

export type InflationSearch = {
  /** How many eligible days before an activation are adjacent to it. */
  readonly adjacentDays: number
  /** How far back these, and how far away the days that they are compared with are sought, in calendar days. */
  readonly lookBackDays: number
  readonly thresholds: GuardThresholds
}

/**
 * Whether the asset used more, in the quarter-hours in which it was activated, on the eligible days just before
 * activations (which feed its baseline) than on other days around them, and more than its control group explains.
 * A day counts once, for the activation that follows it most closely.
 * Null where it did not.
 */
export function baselineInflationFindingOf(asset: GuardedAsset, search: InflationSearch): Finding | null {
  const activatedDays = activatedDaysOfAsset(asset)
  const adjacent = adjacentDaysOf(asset, search, activatedDays)
  const observations = [...adjacent].map(([day, quarters]) => {
    const isComparable = (other: LocalDay) => !activatedDays.has(other) && !adjacent.has(other)
    const others = daysAround(asset.calendar, day, search.lookBackDays, isComparable)
    return observationOf(asset, { day, quarters, periods: comparedPeriodsOf(asset.calendar, day, quarters) }, others)
  })
  return repeatedFindingOf(
    { kind: 'baseline-inflated', sought: 'higher', thresholds: search.thresholds },
    observations.filter((observation) => observation !== null),
  )
}

/** The days just before activations, each with the quarter-hours of the activation that follows. */
function adjacentDaysOf(
  { calendar, direction, flows, activations }: GuardedAsset,
  { adjacentDays, lookBackDays }: InflationSearch,
  activatedDays: ReadonlySet<LocalDay>,
): ReadonlyMap<LocalDay, readonly number[]> {
  const adjacent = new Map<LocalDay, readonly number[]>()
  const byDay = activations
    .flatMap(({ activated }) => activatedDaysOf({ calendar, activated }))
    .sort((one, other) => one.periods[0]! - other.periods[0]!)
  for (const { day, quarters } of byDay) {
    const days = { calendar, direction, flows, day, quarters, activatedDays, lookBackDays }
    for (const { day: before } of eligibleDaysOf(days, adjacentDays).eligible) {
      if (!adjacent.has(before)) adjacent.set(before, quarters)
    }
  }
  return adjacent
}
