import { describe, expect, test } from 'vitest'
import { signedWh, type DeliveryPeriod, type SignedWh } from '../../units.ts'
import { localDayAfter, type LocalDay } from '../baseline/local-calendar.ts'
import type { FlowSeries } from '../baseline/period-flow.ts'
import { berlin, clockOf, daysFrom, flowsOf, quarterAt } from '../flows-for-test.ts'
import { activationsOn, noisyHome } from '../noisy-homes-for-test.ts'
import { GUARD_THRESHOLDS } from './finding.ts'
import { nominationInflationFindingOf } from './nomination-inflation.ts'

const DAYS = daysFrom('2026-05-01', '2026-06-30')
const EVENING = ['18:00', '18:15', '18:30', '18:45'].map(quarterAt)
const EVENTS = ['2026-06-03', '2026-06-17'] as LocalDay[]

/** What was used on another day, times so many percent: a forecast as good as persistence. */
function nominatedFrom(flows: FlowSeries, percent: bigint): ReadonlyMap<DeliveryPeriod, SignedWh> {
  return new Map([...flows].map(([period, { flow }]) => [period, signedWh((flow * percent) / 100n)]))
}

const findingOf = (flows: FlowSeries, nominated: ReadonlyMap<DeliveryPeriod, SignedWh>, events = EVENTS) =>
  nominationInflationFindingOf(
    {
      ...{ calendar: berlin, direction: 'consumption', flows, nominated, otherActivations: [] },
      activations: activationsOn(events, EVENING),
    },
    GUARD_THRESHOLDS,
  )

describe('the guard against inflated nominations', () => {
  test('shows what was nominated for days without activation beside what was metered', () => {
    const flows = flowsOf(DAYS, () => 100)
    const finding = findingOf(flows, nominatedFrom(flows, 130n))
    expect(finding).toMatchObject({
      ...{ kind: 'nomination-inflated', rule: 'repeated', conspicuousPairs: 19 * 19 },
      ...{ use: BigInt(19 * 4 * 130), expected: BigInt(19 * 4 * 100) },
    })
    expect(finding!.observations.map(({ day }) => day)).not.toContain(EVENTS[1])
    expect(finding!.observations[0]!.periods).toHaveLength(4)
  })

  test('finds nothing where what is nominated is used, nor where there was no activation', () => {
    const flows = noisyHome(DAYS, 1)
    expect(findingOf(flows, nominatedFrom(flows, 100n))).toBeNull()
    expect(findingOf(flows, nominatedFrom(flows, 200n), [])).toBeNull()
  })

  test('looks at the quarter-hours of activations, and not at the activated days', () => {
    const flows = flowsOf(DAYS, () => 100)
    const nominated = new Map(
      [...flows].map(([period, { flow }]) => {
        const { day, quarter } = clockOf(berlin, period)
        const isActivated = EVENTS.includes(day) || !EVENING.includes(quarter)
        return [period, signedWh(isActivated ? flow * 3n : flow)]
      }),
    )
    expect(findingOf(flows, nominated)).toBeNull()
  })

  test('blames none of 100 noisy homes whose nominations are what another week was like', () => {
    const findings = Array.from({ length: 100 }, (_, seed) => {
      const flows = noisyHome(DAYS, seed)
      const nominated = new Map(
        [...flows].map(([period, { flow }]) => [period, flows.get((period - 7 * 96) as DeliveryPeriod)?.flow ?? flow]),
      )
      return findingOf(flows, nominated)
    })
    expect(findings.filter((finding) => finding !== null)).toEqual([])
  })

  test('finds each of 20 noisy homes for which three times as much is nominated', () => {
    const found = Array.from({ length: 20 }, (_, seed) => {
      const flows = noisyHome(DAYS, seed)
      return findingOf(flows, nominatedFrom(flows, 300n))
    })
    expect(found).not.toContain(null)
  })

  test('finds nothing where too few days are without activation', () => {
    const flows = flowsOf(DAYS, () => 100)
    const daily = Array.from({ length: 55 }, (_, day) => localDayAfter('2026-05-05' as LocalDay, day))
    expect(findingOf(flows, nominatedFrom(flows, 130n), daily)).toBeNull()
  })
})
