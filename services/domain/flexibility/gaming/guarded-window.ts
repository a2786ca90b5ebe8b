import type { DeliveryPeriod } from '../../units.ts'
import { ascending, periodsBefore } from '../baseline/baseline-case.ts'
import { eligibleDaysOf } from '../baseline/eligible-days.ts'
import { localDayOf, localQuarterHourOf, type LocalDay } from '../baseline/local-calendar.ts'
import type { GuardThresholds } from './finding.ts'
import { activatedDaysOfAsset, type GuardedAsset } from './guarded-asset.ts'

/** The window before the notification by which a baseline is adjusted, as the product has it. */
export type WindowSearch = {
  readonly windowPeriods: number
  readonly gapPeriods: number
  readonly lookBackDays: number
  readonly thresholds: GuardThresholds
}

/** The window of one activation, and the asset's eligible days before it, the latest first. */
export type GuardedWindow = {
  readonly day: LocalDay
  readonly periods: readonly DeliveryPeriod[]
  readonly quarters: readonly number[]
  readonly eligibleDays: readonly LocalDay[]
}

/**
 * The adjustment windows of an asset's activations. One on another local day than its activation, or in which the asset
 * was activated, adjusts nothing and is left out.
 */
export function guardedWindowsOf(asset: GuardedAsset, search: WindowSearch): GuardedWindow[] {
  const { calendar, direction, flows, activations, otherActivations } = asset
  const activatedDays = activatedDaysOfAsset(asset)
  const inActivation = new Set([...activations.flatMap(({ activated }) => activated), ...otherActivations])
  return activations.flatMap(({ activated, notifiedAt }) => {
    const day = localDayOf(calendar, ascending(activated)[0]!)
    const periods = periodsBefore(notifiedAt, search.windowPeriods, search.gapPeriods)
    const hours = periods.map((period) => localQuarterHourOf(calendar, period))
    if (hours.some((hour) => hour.day !== day) || periods.some((period) => inActivation.has(period))) return []
    const quarters = hours.map(({ quarter }) => quarter)
    const days = { calendar, direction, flows, day, quarters, activatedDays, lookBackDays: search.lookBackDays }
    const { eligible } = eligibleDaysOf(days, search.thresholds.mostDays)
    return [{ day, periods, quarters, eligibleDays: eligible.map((one) => one.day) }]
  })
}
