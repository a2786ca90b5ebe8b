import { describe, expect, test } from 'vitest'
import { periodsBefore, type ControlMember } from '../../services/domain/flexibility/baseline/baseline-case.ts'
import { comparedPeriodsOf } from '../../services/domain/flexibility/baseline/eligible-days.ts'
import {
  dayTypeOf,
  localDayAfter,
  localDayOf,
  localQuarterHourOf,
  type LocalCalendar,
  type LocalDay,
} from '../../services/domain/flexibility/baseline/local-calendar.ts'
import type { FlowSeries } from '../../services/domain/flexibility/baseline/period-flow.ts'
import { seededRandom } from '../../services/domain/flexibility/flows-for-test.ts'
import { baselineInflationFindingOf } from '../../services/domain/flexibility/gaming/baseline-inflation.ts'
import { GUARD_THRESHOLDS, type Finding } from '../../services/domain/flexibility/gaming/finding.ts'
import type { GuardedAsset, PastActivation } from '../../services/domain/flexibility/gaming/guarded-asset.ts'
import { raisedBeforeEventFindingsOf } from '../../services/domain/flexibility/gaming/raised-before-event.ts'
import { withheldDaysFindingOf } from '../../services/domain/flexibility/gaming/withheld-days.ts'
import { pooled } from '../../services/domain/flexibility/noisy-homes-for-test.ts'
import { signedWh, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { californianHomes, germanHome, recordedTitle, shared, type RecordedFlows } from './recorded-flows.ts'

const EVENING = Array.from({ length: 12 }, (_, index) => 68 + index)
const window = { windowPeriods: 8, gapPeriods: 0, lookBackDays: 45, thresholds: GUARD_THRESHOLDS }
const inflation = { adjacentDays: 3, lookBackDays: 45, thresholds: GUARD_THRESHOLDS }

function workingDaysOf({ calendar, homes }: RecordedFlows): LocalDay[] {
  const periods = [...homes[0]!.flows.keys()]
  const last = localDayOf(calendar, periods.at(-1)!)
  const days: LocalDay[] = []
  for (let day = localDayAfter(localDayOf(calendar, periods[0]!), 46); day < last; day = localDayAfter(day, 1)) {
    if (dayTypeOf(calendar, day) === 'working-day') days.push(day)
  }
  return days
}

function activationsOn(calendar: LocalCalendar, days: readonly LocalDay[]): PastActivation[] {
  return [...days].sort().map((day) => {
    const activated = comparedPeriodsOf(calendar, day, EVENING)
    return { activated, notifiedAt: startOf(activated[0]!) - 900 }
  })
}

/** So many days of half a year, drawn by a seed. */
function drawnDays(days: readonly LocalDay[], count: number, seed: number): LocalDay[] {
  const random = seededRandom(seed)
  const start = Math.floor(random() * (days.length - 110))
  return days
    .slice(start, start + 110)
    .map((day) => ({ day, place: random() }))
    .sort((one, other) => one.place - other.place)
    .slice(0, count)
    .map(({ day }) => day)
}

const useOn = (calendar: LocalCalendar, flows: FlowSeries, day: LocalDay) =>
  comparedPeriodsOf(calendar, day, EVENING).reduce((sum, period) => sum + Number(flows.get(period)?.flow ?? 0n), 0)

const assetOf = (
  calendar: LocalCalendar,
  flows: FlowSeries,
  activations: readonly PastActivation[],
  controlGroup: readonly ControlMember[],
): GuardedAsset => ({
  ...{ calendar, flows, activations, controlGroup },
  ...({ direction: 'consumption', otherActivations: [], fewestMembers: 3 } as const),
})

/** 1,600 W more in each of eight homes, for these quarter-hours. */
function more(flows: FlowSeries, isMore: (period: DeliveryPeriod) => boolean): FlowSeries {
  return new Map(
    [...flows].map(([period, flow]) => [
      period,
      isMore(period) ? { ...flow, flow: signedWh(flow.flow + 8n * 400n) } : flow,
    ]),
  )
}

function findingsOf(asset: GuardedAsset): Finding[] {
  const inflated = baselineInflationFindingOf(asset, inflation)
  return [...raisedBeforeEventFindingsOf(asset, window), ...(inflated === null ? [] : [inflated])]
}

describe('the guards over recorded households', () => {
  test.skipIf(shared === undefined)(
    recordedTitle('find nothing in 160 half-years of Californian homes with 5 to 20 events by chance'),
    async () => {
      const recorded = await californianHomes()
      const { calendar, homes } = recorded
      const days = workingDaysOf(recorded)
      const findings = Array.from({ length: 20 }, (_, seed) => {
        const activations = activationsOn(calendar, drawnDays(days, 5 + (seed % 16), seed))
        return homes.flatMap((home) => {
          const controlGroup = seed % 2 === 0 ? [] : homes.filter((other) => other !== home)
          return findingsOf(assetOf(calendar, home.flows, activations, controlGroup))
        })
      })
      expect(findings.flat()).toEqual([])
    },
  )

  test.skipIf(shared === undefined)(
    recordedTitle('find nothing in homes whose neighbours use most on the days of events, thanks to the control group'),
    async () => {
      const recorded = await californianHomes()
      const { calendar, homes } = recorded
      const days = workingDaysOf(recorded)
      const findings = homes.flatMap((home) => {
        const neighbours = homes.filter((other) => other !== home)
        const together = pooled(neighbours.map(({ flows }) => flows))
        const peaks = [...days]
          .sort((one, other) => useOn(calendar, together, other) - useOn(calendar, together, one))
          .slice(0, 15)
        const asset = assetOf(calendar, home.flows, activationsOn(calendar, peaks), neighbours)
        return findingsOf(asset).filter(({ rule }) => rule === 'repeated')
      })
      expect(findings).toEqual([])
    },
  )

  test.skipIf(shared === undefined)(
    recordedTitle(
      'find the pool of these homes where each draws 1,600 W more before events, or on the days before them',
    ),
    async () => {
      const recorded = await californianHomes()
      const { calendar, homes } = recorded
      const together = pooled(homes.map(({ flows }) => flows))
      const days = workingDaysOf(recorded)
      for (const seed of [1, 2, 3, 4, 5]) {
        const events = drawnDays(days, 12, seed)
        const activations = activationsOn(calendar, events)
        const windows = new Set(activations.flatMap(({ notifiedAt }) => periodsBefore(notifiedAt, 8, 0)))
        const before = more(together, (period) => windows.has(period))
        expect(raisedBeforeEventFindingsOf(assetOf(calendar, before, activations, []), window)).not.toEqual([])

        const weekly = days.filter((_, index) => index % 12 === seed).slice(0, 14)
        const adjacent = new Set<LocalDay>(
          weekly.flatMap((day) => days.slice(Math.max(0, days.indexOf(day) - 3), days.indexOf(day))),
        )
        const isInflated = (period: DeliveryPeriod) => {
          const { day, quarter } = localQuarterHourOf(calendar, period)
          return EVENING.includes(quarter) && adjacent.has(day)
        }
        const inflated = assetOf(calendar, more(together, isInflated), activationsOn(calendar, weekly), [])
        expect(baselineInflationFindingOf(inflated, inflation)).not.toBeNull()
      }
    },
  )

  test.skipIf(shared === undefined)(
    recordedTitle('believe the German home that its readings failed by chance'),
    async () => {
      const recorded = await germanHome()
      const { calendar, homes } = recorded
      const days = workingDaysOf(recorded)
      const search = {
        ...{ firstDay: days[0]!, lastDay: days.at(-1)!, quarters: EVENING, lookBackDays: 45 },
        thresholds: GUARD_THRESHOLDS,
      }
      expect(withheldDaysFindingOf(assetOf(calendar, homes[0]!.flows, [], []), search)).toBeNull()
    },
  )
})
