import { meteredUsesOf } from '../baseline/baseline-case.ts'
import { repeatedFindingOf, type Finding } from './finding.ts'
import { believedFlowsOf, observationOf, type GuardedAsset } from './guarded-asset.ts'
import { guardedWindowsOf, type WindowSearch } from './guarded-window.ts'

/**
 * Whether adjustment windows of the asset are estimated, so that nothing is adjusted, just when they would have lowered
 * its baseline. Null where they are not.
 */
export function withheldWindowsFindingOf(asset: GuardedAsset, window: WindowSearch): Finding | null {
  const { direction, flows } = asset
  const believed = { ...asset, flows: believedFlowsOf(flows) }
  const observations = guardedWindowsOf(asset, window)
    .filter(({ periods }) => meteredUsesOf(direction, flows, periods) === null)
    .map((one) => observationOf(believed, one, one.eligibleDays))
    .filter((observation) => observation !== null)
  const search = { kind: 'low-windows-withheld', sought: 'lower', thresholds: window.thresholds } as const
  return repeatedFindingOf(search, observations)
}
