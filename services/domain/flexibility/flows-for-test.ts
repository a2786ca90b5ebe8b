import { deliveryPeriodAt, signedWh, type DeliveryPeriod } from '../units.ts'
import type { BaselineCase } from './baseline/baseline-case.ts'
import {
  localCalendarOf,
  localDayAfter,
  localQuarterHourOf,
  parseLocalDay,
  periodAt,
  type LocalCalendar,
  type LocalDay,
  type LocalQuarterHour,
} from './baseline/local-calendar.ts'
import { flowSeriesOf, type FlowSeries, type PeriodFlow } from './baseline/period-flow.ts'

/** Working days but for weekends, Easter Monday and Christmas; clocks change on 29 March and 25 October 2026. */
export const berlin: LocalCalendar = localCalendarOf({
  timeZone: 'Europe/Berlin',
  publicHolidays: ['2026-04-06', '2026-12-25'].map(parseLocalDay),
  firstPeriod: periodAtUtc('2025-07-01T00:00:00Z'),
  lastPeriod: periodAtUtc('2027-07-01T00:00:00Z'),
})

export function periodAtUtc(time: string): DeliveryPeriod {
  return deliveryPeriodAt(Date.parse(time) / 1_000)
}

/** The quarter-hour of the day on the clock on the wall, `hh:mm`. */
export function quarterAt(time: string): number {
  const [hours, minutes] = time.split(':')
  return Number(hours) * 4 + Number(minutes) / 15
}

/** The period that starts on the day at `hh:mm`. */
export function periodOn(day: string, time: string, calendar: LocalCalendar = berlin): DeliveryPeriod {
  return periodAt(calendar, { day: parseLocalDay(day), quarter: quarterAt(time) })
}

/** Consecutive days, from the first to the last. */
export function daysFrom(first: string, last: string): LocalDay[] {
  const days: LocalDay[] = []
  for (let day = parseLocalDay(first); day <= last; day = localDayAfter(day, 1)) days.push(day)
  return days
}

/** What a meter says of each period of the days: a flow in Wh, `~` before one that is estimated, or nothing at all. */
export type FlowAt = (day: LocalDay, quarter: number, period: DeliveryPeriod) => number | `~${number}` | null

export function flowsOf(days: readonly LocalDay[], flowAt: FlowAt, calendar: LocalCalendar = berlin): FlowSeries {
  const first = periodAt(calendar, { day: days[0]!, quarter: 0 })
  const end = periodAt(calendar, { day: localDayAfter(days.at(-1)!, 1), quarter: 0 })
  const flows: PeriodFlow[] = []
  for (let period = first; period < end; period = (period + 1) as DeliveryPeriod) {
    const { day, quarter } = clockOf(calendar, period)
    const flow = flowAt(day, quarter, period)
    if (typeof flow === 'number') flows.push({ period, flow: signedWh(BigInt(flow)), quality: 'metered' })
    if (typeof flow === 'string') flows.push({ period, flow: signedWh(BigInt(flow.slice(1))), quality: 'estimated' })
  }
  return flowSeriesOf(flows)
}

const clocks = new Map<LocalCalendar, Map<DeliveryPeriod, LocalQuarterHour>>()

/** The clock on the wall, remembered: tests ask for the same periods thousands of times. */
export function clockOf(calendar: LocalCalendar, period: DeliveryPeriod): LocalQuarterHour {
  const known = clocks.get(calendar) ?? new Map<DeliveryPeriod, LocalQuarterHour>()
  clocks.set(calendar, known)
  const clock = known.get(period) ?? localQuarterHourOf(calendar, period)
  known.set(period, clock)
  return clock
}

/** An activation without nominations and control group, unless the case says otherwise. */
export function activationOf(
  one: Partial<BaselineCase> & Pick<BaselineCase, 'activated' | 'notifiedAt'>,
): BaselineCase {
  return {
    calendar: berlin,
    direction: 'consumption',
    flows: new Map(),
    activations: [],
    nominations: [],
    controlGroup: [],
    ...one,
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
