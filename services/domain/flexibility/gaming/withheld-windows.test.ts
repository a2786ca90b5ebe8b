import { describe, expect, test } from 'vitest'
import type { DeliveryPeriod } from '../../units.ts'
import { periodsBefore } from '../baseline/baseline-case.ts'
import type { FlowSeries } from '../baseline/period-flow.ts'
import { daysFrom, flowsOf, quarterAt } from '../flows-for-test.ts'
import { activationsOn, drawnWorkingDays, guardedAsset, noisyHome, raised } from '../noisy-homes-for-test.ts'
import { GUARD_THRESHOLDS } from './finding.ts'
import { withheldWindowsFindingOf } from './withheld-windows.ts'

const DAYS = daysFrom('2026-04-01', '2026-08-31')
const activations = activationsOn(drawnWorkingDays(daysFrom('2026-06-01', '2026-08-31'), 8, 1), [quarterAt('18:00')])
const windows = new Set<DeliveryPeriod>(activations.flatMap(({ notifiedAt }) => periodsBefore(notifiedAt, 8, 0)))
const search = { windowPeriods: 8, gapPeriods: 0, lookBackDays: 45, thresholds: GUARD_THRESHOLDS }
const inWindow = (period: DeliveryPeriod) => windows.has(period)

function estimatedIn(flows: FlowSeries, isEstimated: (period: DeliveryPeriod) => boolean): FlowSeries {
  return new Map(
    [...flows].map(([period, flow]) => [period, isEstimated(period) ? { ...flow, quality: 'estimated' } : flow]),
  )
}

describe('the guard against adjustment windows that are withheld', () => {
  const low = raised(
    flowsOf(DAYS, () => 100),
    -60,
    inWindow,
  )
  const findingIn = (flows: FlowSeries) => withheldWindowsFindingOf(guardedAsset({ flows, activations }), search)

  test('shows windows that were estimated and low, beside the same hours of days that were metered', () => {
    expect(findingIn(estimatedIn(low, inWindow))).toMatchObject({
      kind: 'low-windows-withheld',
      // Eight windows of 8 * 40 Wh, each below 19 days of 8 * 100 Wh
      ...{ conspicuousPairs: 8 * 19, pairs: 8 * 19, use: 2_560n, expected: 6_400n },
    })
  })

  test('finds nothing where low windows were metered, where estimated ones are as others, and where nothing was read', () => {
    expect(findingIn(low)).toBeNull()
    expect(
      findingIn(
        estimatedIn(
          flowsOf(DAYS, () => 100),
          inWindow,
        ),
      ),
    ).toBeNull()
    expect(findingIn(new Map([...low].filter(([period]) => !inWindow(period))))).toBeNull()
  })

  test('finds nothing in 100 noisy homes whose readings fail in every window', () => {
    const findings = Array.from({ length: 100 }, (_, seed) => findingIn(estimatedIn(noisyHome(DAYS, seed), inWindow)))
    expect(findings.filter((finding) => finding !== null)).toEqual([])
  })
})
