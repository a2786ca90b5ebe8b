import type { DeliveryPeriod, SignedWh } from '../../units.ts'
import { activatedDaysOf, localDaysOf, meteredUsesOf, totalOf, useOf } from '../baseline/baseline-case.ts'
import { comparedPeriodsOf } from '../baseline/eligible-days.ts'
import type { LocalDay } from '../baseline/local-calendar.ts'
import { repeatedFindingOf, type DayLevel, type Finding, type GuardThresholds } from './finding.ts'
import { activatedDaysOfAsset, type GuardedAsset } from './guarded-asset.ts'

/** What was nominated for an asset, beside what is known of it; positive towards the prosumer. */
export type NominatingAsset = Omit<GuardedAsset, 'controlGroup' | 'fewestMembers'> & {
  readonly nominated: ReadonlyMap<DeliveryPeriod, SignedWh>
}

/**
 * Whether more is nominated for the asset, in the quarter-hours in which it is activated, than it then uses: its nominations
 * for days on which nobody activated it are compared with what was metered on these days. Null where they do not differ, or
 * where it was activated on too many days to tell.
 */
export function nominationInflationFindingOf(asset: NominatingAsset, thresholds: GuardThresholds): Finding | null {
  const { calendar, activations } = asset
  const quarters = new Set(activations.flatMap(({ activated }) => quartersOf(asset, activated)))
  const levels = comparableDaysOf(asset)
    .map((day) => levelsOn(asset, day, comparedPeriodsOf(calendar, day, [...quarters].sort(ascending))))
    .filter((level) => level !== null)
    .slice(-thresholds.mostDays)
  return repeatedFindingOf(
    { kind: 'nomination-inflated', sought: 'higher', thresholds },
    levels.map(({ nominated, periods }) => ({
      ...nominated,
      periods,
      comparedWith: levels.map(({ metered }) => metered),
    })),
  )
}

type Levels = {
  readonly periods: readonly DeliveryPeriod[]
  readonly nominated: DayLevel
  readonly metered: DayLevel
}

/** Days without activation for which anything was nominated, ascending. */
function comparableDaysOf(asset: NominatingAsset): LocalDay[] {
  const activatedDays = activatedDaysOfAsset({ ...asset, controlGroup: [], fewestMembers: 0 })
  return [...localDaysOf(asset.calendar, asset.nominated.keys())].filter((day) => !activatedDays.has(day)).sort()
}

/** Null where not every period of the day was nominated and metered. */
function levelsOn(asset: NominatingAsset, day: LocalDay, periods: readonly DeliveryPeriod[]): Levels | null {
  const { direction, flows, nominated } = asset
  const metered = meteredUsesOf(direction, flows, periods)
  const nominations = periods.map((period) => nominated.get(period))
  if (periods.length === 0 || metered === null || nominations.includes(undefined)) return null
  const uses = nominations.map((flow) => useOf(direction, flow!))
  return {
    periods,
    nominated: { day, use: totalOf(uses), control: null },
    metered: { day, use: totalOf(metered), control: null },
  }
}

function quartersOf({ calendar }: NominatingAsset, activated: readonly DeliveryPeriod[]): readonly number[] {
  return activatedDaysOf({ calendar, activated }).flatMap(({ quarters }) => quarters)
}

function ascending(one: number, other: number): number {
  return one - other
}
