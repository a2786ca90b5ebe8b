import { excessiveFindingsOf, repeatedFindingOf, type Finding } from './finding.ts'
import { observationOf, type GuardedAsset } from './guarded-asset.ts'
import { guardedWindowsOf, type WindowSearch } from './guarded-window.ts'

/**
 * Whether the asset used more in the adjustment windows of its activations than in the same quarter-hours of its own
 * eligible days before them, and more than its control group explains. Windows that were not metered are left out.
 */
export function raisedBeforeEventFindingsOf(asset: GuardedAsset, window: WindowSearch): Finding[] {
  const observations = guardedWindowsOf(asset, window)
    .map((one) => observationOf(asset, one, one.eligibleDays))
    .filter((observation) => observation !== null)
  const search = { kind: 'consumption-raised-before-event', sought: 'higher', thresholds: window.thresholds } as const
  const repeated = repeatedFindingOf(search, observations)
  return [...(repeated === null ? [] : [repeated]), ...excessiveFindingsOf(search, observations)]
}
