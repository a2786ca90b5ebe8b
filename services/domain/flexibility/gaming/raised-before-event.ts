import { ascending, periodsBefore } from '../baseline/baseline-case.ts'
import { eligibleDaysOf } from '../baseline/eligible-days.ts'
import { localDayOf, localQuarterHourOf } from '../baseline/local-calendar.ts'
import {
  excessiveFindingsOf,
  repeatedFindingOf,
  type Finding,
  type GuardThresholds,
  type Observation,
} from './finding.ts'
import { activatedDaysOfAsset, observationOf, type GuardedAsset, type PastActivation } from './guarded-asset.ts'

/** The window before the notification in which raised use would pay, as the product's adjustment has it. */
export type RaisedWindow = {
  readonly windowPeriods: number
  readonly gapPeriods: number
  readonly lookBackDays: number
  readonly thresholds: GuardThresholds
}

/**
 * Whether the asset used more in the adjustment windows of its activations than in the same quarter-hours of its own
 * eligible days before them, and more than its control group explains. A window on another local day than its
 * activation adjusts nothing and is not looked at; nor is one in which the asset was activated or not metered.
 */
export function raisedBeforeEventFindingsOf(asset: GuardedAsset, window: RaisedWindow): Finding[] {
  const observations = asset.activations
    .map((activation) => windowObservationOf(asset, window, activation))
    .filter((observation) => observation !== null)
  const search = { kind: 'consumption-raised-before-event', sought: 'higher', thresholds: window.thresholds } as const
  const repeated = repeatedFindingOf(search, observations)
  return [...(repeated === null ? [] : [repeated]), ...excessiveFindingsOf(search, observations)]
}

function windowObservationOf(
  asset: GuardedAsset,
  { windowPeriods, gapPeriods, lookBackDays, thresholds }: RaisedWindow,
  { activated, notifiedAt }: PastActivation,
): Observation | null {
  const { calendar, direction, flows } = asset
  const day = localDayOf(calendar, ascending(activated)[0]!)
  const periods = periodsBefore(notifiedAt, windowPeriods, gapPeriods)
  const hours = periods.map((period) => localQuarterHourOf(calendar, period))
  const inActivation = [...asset.activations.flatMap((one) => one.activated), ...asset.otherActivations]
  if (hours.some((hour) => hour.day !== day) || periods.some((period) => inActivation.includes(period))) return null
  const quarters = hours.map(({ quarter }) => quarter)
  const activatedDays = activatedDaysOfAsset(asset)
  const search = { calendar, direction, flows, day, quarters, activatedDays, lookBackDays }
  const { eligible } = eligibleDaysOf(search, thresholds.mostDays)
  const days = eligible.map((one) => one.day)
  return observationOf(asset, { day, quarters, periods }, days)
}
