import { describe, expect, test } from 'vitest'
import { startOf, type DeliveryPeriod } from '../../units.ts'
import { periodsBefore } from '../baseline/baseline-case.ts'
import type { LocalDay } from '../baseline/local-calendar.ts'
import type { FlowSeries } from '../baseline/period-flow.ts'
import { berlin, clockOf, daysFrom, flowsOf, periodOn, quarterAt } from '../flows-for-test.ts'
import { activationsOn, drawnWorkingDays, guardedAsset, noisyHome, pooled, raised } from '../noisy-homes-for-test.ts'
import { GUARD_THRESHOLDS } from './finding.ts'
import type { PastActivation } from './guarded-asset.ts'
import { raisedBeforeEventFindingsOf } from './raised-before-event.ts'

const DAYS = daysFrom('2026-04-01', '2026-08-31')
const SEASON = daysFrom('2026-06-01', '2026-08-31')
const EVENING = [quarterAt('18:00'), quarterAt('18:15'), quarterAt('18:30'), quarterAt('18:45')]
const window = { windowPeriods: 8, gapPeriods: 0, lookBackDays: 45, thresholds: GUARD_THRESHOLDS }

const windowsOf = (activations: readonly PastActivation[]) =>
  new Set<DeliveryPeriod>(activations.flatMap(({ notifiedAt }) => periodsBefore(notifiedAt, 8, 0)))

const inWindowsOf = (activations: readonly PastActivation[]) => {
  const windows = windowsOf(activations)
  return (period: DeliveryPeriod) => windows.has(period)
}

const others = (weatherOn?: (day: LocalDay) => number) =>
  Array.from({ length: 10 }, (_, index) => ({
    id: String(index),
    flows: noisyHome(DAYS, 900 + index, weatherOn),
    activations: [],
  }))

function isFound(homes: readonly FlowSeries[], percent: number, seed: number): boolean {
  const activations = activationsOn(drawnWorkingDays(SEASON, 12, seed), EVENING)
  const flows = raised(pooled(homes), percent, inWindowsOf(activations))
  return raisedBeforeEventFindingsOf(guardedAsset({ flows, activations }), window).some(
    ({ rule }) => rule === 'repeated',
  )
}

describe('the guard against consumption raised before an event', () => {
  test('shows the figures by which it can be checked', () => {
    // Five Thursdays at 18:00, notified at 17:45; from 17:15 to 17:45 the home uses 130 Wh a quarter-hour, else 100.
    const thursdays = ['2026-06-25', '2026-07-09', '2026-07-23', '2026-08-06', '2026-08-20'] as LocalDay[]
    const activations = activationsOn(thursdays, EVENING)
    const constant = flowsOf(DAYS, () => 100)
    const flows = raised(constant, 30, inWindowsOf(activations))
    const [finding, ...more] = raisedBeforeEventFindingsOf(guardedAsset({ flows, activations }), {
      ...window,
      windowPeriods: 2,
    })
    expect(more.map(({ rule }) => rule)).toEqual(thursdays.map(() => 'excessive'))
    // Each is above all of 19 days: 95 of 95 pairs; of 24 over 5 = 42,504 orders that is one
    expect(finding).toMatchObject({
      kind: 'consumption-raised-before-event',
      rule: 'repeated',
      ...{ conspicuousPairs: 95, pairs: 95, use: 1_300n, expected: 1_000n },
    })
    expect(finding!.leastPairs).toBeLessThan(95)
    expect(finding!.observations[0]).toMatchObject({
      day: '2026-06-25',
      periods: [periodOn('2026-06-25', '17:15'), periodOn('2026-06-25', '17:30')],
      use: 260n,
      control: null,
    })
    expect(finding!.observations[1]!.comparedWith.map(({ day }) => day)).not.toContain('2026-06-25')
    expect(finding!.observations[0]!.comparedWith[0]).toEqual({ day: '2026-06-24', use: 200n, control: null })
  })

  test('finds nothing where use is constant', () => {
    const activations = activationsOn(drawnWorkingDays(SEASON, 20, 1), EVENING)
    const controlGroup = others().map((member) => ({ ...member, flows: flowsOf(DAYS, () => 250) }))
    const flows = flowsOf(DAYS, () => 100)
    expect(raisedBeforeEventFindingsOf(guardedAsset({ flows, activations }), window)).toEqual([])
    expect(raisedBeforeEventFindingsOf(guardedAsset({ flows, activations, controlGroup }), window)).toEqual([])
  })

  test('finds next to nothing in 200 seasons of noisy homes, with 4 to 20 events', () => {
    const findings = Array.from({ length: 200 }, (_, seed) => {
      const activations = activationsOn(drawnWorkingDays(SEASON, 4 + (seed % 17), seed), EVENING)
      return raisedBeforeEventFindingsOf(guardedAsset({ flows: noisyHome(DAYS, seed), activations }), window)
    }).flat()
    // By chance one repeated finding in 1,000 seasons is to be expected. Of some 2,400 windows one is five times as high.
    expect(findings.filter(({ rule }) => rule === 'repeated')).toEqual([])
    expect(findings.length).toBeLessThanOrEqual(1)
  })

  test('finds each of 20 noisy homes that treble their use before 12 events', () => {
    const found = Array.from({ length: 20 }, (_, seed) => isFound([noisyHome(DAYS, seed)], 200, seed))
    expect(found).not.toContain(false)
  })

  test('finds each of 10 pools of 20 homes that use 30 % more before 12 events', () => {
    const found = Array.from({ length: 10 }, (_, seed) => {
      const homes = Array.from({ length: 20 }, (_, index) => noisyHome(DAYS, 100 * seed + index))
      return isFound(homes, 30, seed)
    })
    expect(found).not.toContain(false)
  })

  test('blames no home for hot days on which all homes use more, and finds the one that uses more still', () => {
    const hot = drawnWorkingDays(SEASON, 12, 5)
    const weatherOn = (day: LocalDay) => (hot.includes(day) ? 3 : 1)
    const activations = activationsOn(hot, EVENING)
    const controlGroup = others(weatherOn)
    const honest = noisyHome(DAYS, 7, weatherOn)
    const gaming = raised(honest, 200, inWindowsOf(activations))
    const findingsWith = (flows: FlowSeries, group = controlGroup) =>
      raisedBeforeEventFindingsOf(guardedAsset({ flows, activations, controlGroup: group }), window)
    expect(findingsWith(honest, [])).not.toEqual([])
    expect(findingsWith(honest)).toEqual([])
    expect(findingsWith(gaming)).toMatchObject([{ rule: 'repeated' }])
  })

  test('sees feed-in raised before an event that is to cure too much of it', () => {
    const activations = activationsOn(drawnWorkingDays(SEASON, 8, 3), EVENING)
    const fedIn = flowsOf(DAYS, () => -100)
    const gaming = raised(fedIn, 50, inWindowsOf(activations))
    const search = { flows: gaming, activations }
    expect(raisedBeforeEventFindingsOf(guardedAsset({ ...search, direction: 'feed-in' }), window)).not.toEqual([])
    expect(raisedBeforeEventFindingsOf(guardedAsset(search), window)).toEqual([])
  })

  test('looks at no window that adjusts nothing: on another day, in an activation, not metered', () => {
    const days = drawnWorkingDays(SEASON, 8, 3)
    const activations = activationsOn(days, EVENING)
    const gaming = raised(
      flowsOf(DAYS, () => 100),
      50,
      inWindowsOf(activations),
    )
    const findings = (one: Parameters<typeof guardedAsset>[0]) => raisedBeforeEventFindingsOf(guardedAsset(one), window)
    expect(findings({ flows: gaming, activations })).toHaveLength(9)
    const early = activations.map((one) => ({
      ...one,
      notifiedAt: startOf(periodOn(clockOf(berlin, one.activated[0]!).day, '01:00')),
    }))
    const atNight = raised(
      flowsOf(DAYS, () => 100),
      50,
      inWindowsOf(early),
    )
    expect(findings({ flows: atNight, activations: early })).toEqual([])
    const otherActivations = activations.map(({ activated }) => (activated[0]! - 3) as DeliveryPeriod)
    expect(findings({ flows: gaming, activations, otherActivations })).toEqual([])
    const isInWindow = inWindowsOf(activations)
    const estimated: FlowSeries = new Map(
      [...gaming].map(([period, flow]) => [period, isInWindow(period) ? { ...flow, quality: 'estimated' } : flow]),
    )
    expect(findings({ flows: estimated, activations })).toEqual([])
  })
})
