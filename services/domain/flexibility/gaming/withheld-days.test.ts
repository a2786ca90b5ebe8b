import { describe, expect, test } from 'vitest'
import type { DeliveryPeriod } from '../../units.ts'
import { meteredUsesOf, totalOf } from '../baseline/baseline-case.ts'
import { comparedPeriodsOf } from '../baseline/eligible-days.ts'
import { dayTypeOf, parseLocalDay, type LocalDay } from '../baseline/local-calendar.ts'
import type { FlowSeries } from '../baseline/period-flow.ts'
import { berlin, clockOf, daysFrom, flowsOf, periodOn, quarterAt, seededRandom } from '../flows-for-test.ts'
import { guardedAsset, noisyHome } from '../noisy-homes-for-test.ts'
import { GUARD_THRESHOLDS } from './finding.ts'
import { withheldDaysFindingOf } from './withheld-days.ts'

const DAYS = daysFrom('2026-05-01', '2026-08-31')
const EVENING = [quarterAt('18:00'), quarterAt('18:15')]
const search = {
  firstDay: parseLocalDay('2026-06-01'),
  lastDay: parseLocalDay('2026-07-31'),
  quarters: EVENING,
  lookBackDays: 45,
  thresholds: GUARD_THRESHOLDS,
}

/** The flows, of which those of some days are estimates. */
function estimatedOn(flows: FlowSeries, days: readonly LocalDay[]): FlowSeries {
  return new Map(
    [...flows].map(([period, flow]) => [
      period,
      days.includes(clockOf(berlin, period).day) ? { ...flow, quality: 'estimated' } : flow,
    ]),
  )
}

const eveningUseOf = (flows: FlowSeries, day: LocalDay) =>
  totalOf(meteredUsesOf('consumption', flows, comparedPeriodsOf(berlin, day, EVENING))!)

describe('the guard against low days that are withheld', () => {
  const HOLIDAYS = ['2026-06-08', '2026-06-09', '2026-06-10', '2026-06-11'].map(parseLocalDay)
  const away = flowsOf(DAYS, (day) => (HOLIDAYS.includes(day) ? 20 : 100))

  test('shows days that were estimated and low, beside days that were metered', () => {
    const finding = withheldDaysFindingOf(guardedAsset({ flows: estimatedOn(away, HOLIDAYS) }), search)
    expect(finding).toMatchObject({
      kind: 'low-days-withheld',
      rule: 'repeated',
      ...{ conspicuousPairs: 4 * 19, pairs: 4 * 19, use: 160n, expected: 800n },
    })
    expect(finding!.observations.map(({ day }) => day)).toEqual(HOLIDAYS)
  })

  test('finds nothing where low days were metered, or days like others were not', () => {
    expect(withheldDaysFindingOf(guardedAsset({ flows: away }), search)).toBeNull()
    const constant = flowsOf(DAYS, () => 100)
    expect(withheldDaysFindingOf(guardedAsset({ flows: estimatedOn(constant, HOLIDAYS) }), search)).toBeNull()
  })

  test('finds nothing on days with an activation, nor where there is no reading at all', () => {
    const flows = estimatedOn(away, HOLIDAYS)
    const otherActivations = HOLIDAYS.map((day): DeliveryPeriod => periodOn(day, '12:00'))
    expect(withheldDaysFindingOf(guardedAsset({ flows, otherActivations }), search)).toBeNull()
    const missing: FlowSeries = new Map([...flows].filter(([, { quality }]) => quality === 'metered'))
    expect(withheldDaysFindingOf(guardedAsset({ flows: missing }), search)).toBeNull()
  })

  test('finds nothing in 200 noisy homes whose readings fail by chance, and each of 20 that hide their lowest days', () => {
    const working = DAYS.filter(
      (day) => day >= search.firstDay && day <= search.lastDay && dayTypeOf(berlin, day) === 'working-day',
    )
    const failing = Array.from({ length: 200 }, (_, seed) => {
      const random = seededRandom(seed)
      const flows = estimatedOn(
        noisyHome(DAYS, seed),
        DAYS.filter(() => random() < 0.2),
      )
      return withheldDaysFindingOf(guardedAsset({ flows }), search)
    })
    expect(failing.filter((finding) => finding !== null)).toEqual([])
    const hiding = Array.from({ length: 20 }, (_, seed) => {
      const flows = noisyHome(DAYS, seed)
      const lowest = [...working]
        .sort((one, other) => Number(eveningUseOf(flows, one) - eveningUseOf(flows, other)))
        .slice(0, 10)
      return withheldDaysFindingOf(guardedAsset({ flows: estimatedOn(flows, lowest) }), search)
    })
    expect(hiding).not.toContain(null)
  })
})
