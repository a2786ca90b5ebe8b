import { describe, expect, test } from 'vitest'
import type { DeliveryPeriod } from '../../units.ts'
import { localDayAfter, type LocalDay } from '../baseline/local-calendar.ts'
import type { FlowSeries } from '../baseline/period-flow.ts'
import { berlin, clockOf, daysFrom, flowsOf, periodOn, quarterAt } from '../flows-for-test.ts'
import { activationsOn, drawnWorkingDays, guardedAsset, noisyHome, raised } from '../noisy-homes-for-test.ts'
import { baselineInflationFindingOf } from './baseline-inflation.ts'
import { GUARD_THRESHOLDS } from './finding.ts'

const DAYS = daysFrom('2026-04-01', '2026-09-30')
const SEASON = daysFrom('2026-05-15', '2026-09-15')
const EVENING = [quarterAt('18:00'), quarterAt('18:15'), quarterAt('18:30'), quarterAt('18:45')]
const search = { adjacentDays: 2, lookBackDays: 45, thresholds: GUARD_THRESHOLDS }

/** Wednesdays; the two eligible days before each are the Tuesday and the Monday. */
const WEDNESDAYS = ['2026-06-03', '2026-06-17', '2026-07-01', '2026-07-15'] as LocalDay[]
const isBefore = (events: readonly LocalDay[]) => (period: DeliveryPeriod) => {
  const { day, quarter } = clockOf(berlin, period)
  return EVENING.includes(quarter) && events.some((event) => [1, 2].some((back) => localDayAfter(event, -back) === day))
}

describe('the guard against inflated baselines', () => {
  test('shows the days before events beside other days', () => {
    const activations = activationsOn(WEDNESDAYS, EVENING)
    const flows = raised(
      flowsOf(DAYS, () => 100),
      25,
      isBefore(WEDNESDAYS),
    )
    const finding = baselineInflationFindingOf(guardedAsset({ flows, activations }), search)
    // Eight days of 4 * 125 Wh, each above all of 19 days of 4 * 100 Wh
    expect(finding).toMatchObject({
      kind: 'baseline-inflated',
      rule: 'repeated',
      ...{ conspicuousPairs: 8 * 19, pairs: 8 * 19, use: 4_000n, expected: 3_200n },
    })
    expect(finding!.observations.map(({ day }) => day).sort()).toEqual([
      '2026-06-01',
      '2026-06-02',
      '2026-06-15',
      '2026-06-16',
      '2026-06-29',
      '2026-06-30',
      '2026-07-13',
      '2026-07-14',
    ])
    const compared = finding!.observations.flatMap(({ comparedWith }) => comparedWith.map(({ day }) => day))
    expect(compared.filter((day) => WEDNESDAYS.includes(day))).toEqual([])
    expect(finding!.observations[0]!.comparedWith[0]!.use).toBe(400n)
    expect(finding!.observations[0]!.periods).toHaveLength(4)
  })

  test('finds nothing where use is constant, and nothing without an event', () => {
    const activations = activationsOn(WEDNESDAYS, EVENING)
    const flows = flowsOf(DAYS, () => 100)
    expect(baselineInflationFindingOf(guardedAsset({ flows, activations }), search)).toBeNull()
    expect(baselineInflationFindingOf(guardedAsset({ flows: noisyHome(DAYS, 1) }), search)).toBeNull()
  })

  test('counts a day once that comes before two events, and no event day', () => {
    const daily = activationsOn(['2026-06-02', '2026-06-03', '2026-06-04', '2026-06-05'] as LocalDay[], EVENING)
    const before = raised(
      flowsOf(DAYS, () => 100),
      25,
      (period) => ['2026-06-01', '2026-05-29'].includes(clockOf(berlin, period).day),
    )
    expect(
      baselineInflationFindingOf(guardedAsset({ flows: before, activations: daily }), {
        ...search,
        thresholds: { ...GUARD_THRESHOLDS, odds: 100n },
      })?.observations.map(({ day }) => day),
    ).toEqual(['2026-06-01', '2026-05-29'])
  })

  test('compares a day that comes before two events in the quarter-hours of the first of them', () => {
    const first = activationsOn(['2026-06-02'] as LocalDay[], [quarterAt('18:00')])
    const second = activationsOn(['2026-06-03'] as LocalDay[], [quarterAt('12:00')])
    const flows = raised(
      flowsOf(DAYS, () => 100),
      25,
      (period) => ['2026-06-01', '2026-05-29'].includes(clockOf(berlin, period).day),
    )
    const asset = guardedAsset({ flows, activations: [...second, ...first] })
    const finding = baselineInflationFindingOf(asset, { ...search, thresholds: { ...GUARD_THRESHOLDS, odds: 100n } })
    expect(finding?.observations.map(({ periods }) => periods)).toEqual([
      [periodOn('2026-06-01', '18:00')],
      [periodOn('2026-05-29', '18:00')],
    ])
  })

  test('finds nothing in 200 seasons of noisy homes, with 4 to 15 events', () => {
    const findings = Array.from({ length: 200 }, (_, seed) => {
      const activations = activationsOn(drawnWorkingDays(SEASON, 4 + (seed % 12), seed), EVENING)
      return baselineInflationFindingOf(guardedAsset({ flows: noisyHome(DAYS, seed), activations }), search)
    })
    expect(findings.filter((finding) => finding !== null)).toEqual([])
  })

  test('finds each of 20 noisy homes that treble their evenings before 8 events', () => {
    const events = WEDNESDAYS.flatMap((day) => [day, localDayAfter(day, 56)])
    const found = Array.from({ length: 20 }, (_, seed) => {
      const flows = raised(noisyHome(DAYS, seed), 200, isBefore(events))
      return baselineInflationFindingOf(guardedAsset({ flows, activations: activationsOn(events, EVENING) }), search)
    })
    expect(found).not.toContain(null)
  })

  test('blames no home for hot days that come before events, and finds the one that adds to them', () => {
    const hot = WEDNESDAYS.flatMap((day) => [
      localDayAfter(day, -1),
      localDayAfter(day, -2),
      localDayAfter(day, 55),
      localDayAfter(day, 54),
    ])
    const events = WEDNESDAYS.flatMap((day) => [day, localDayAfter(day, 56)])
    const weatherOn = (day: LocalDay) => (hot.includes(day) ? 2 : 1)
    const controlGroup = Array.from({ length: 10 }, (_, index) => ({
      id: String(index),
      flows: noisyHome(DAYS, 900 + index, weatherOn),
      activations: [],
    }))
    const honest = noisyHome(DAYS, 7, weatherOn)
    const findingWith = (flows: FlowSeries, group = controlGroup) =>
      baselineInflationFindingOf(
        guardedAsset({ flows, activations: activationsOn(events, EVENING), controlGroup: group }),
        search,
      )
    expect(findingWith(honest, [])).not.toBeNull()
    expect(findingWith(honest)).toBeNull()
    expect(findingWith(raised(honest, 100, isBefore(events)))).not.toBeNull()
  })

  test('looks at the quarter-hours of the event, and not at others', () => {
    const activations = activationsOn(WEDNESDAYS, EVENING)
    const flows = raised(
      flowsOf(DAYS, () => 100),
      80,
      (period) => !EVENING.includes(clockOf(berlin, period).quarter),
    )
    expect(baselineInflationFindingOf(guardedAsset({ flows, activations }), search)).toBeNull()
  })
})
