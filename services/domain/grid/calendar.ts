import { DomainError } from '../errors.ts'
import {
  deliveryPeriod,
  endOf,
  endOfDay,
  firstPeriodOf,
  lastPeriodOf,
  startOf,
  tradingDayOf,
  type DeliveryPeriod,
  type TradingDay,
} from '../units.ts'

/** A settlement run of a day: the initial one, and those that correct it where readings changed. */
export type Run = 'initial' | 'corrected' | 'final'

export const RUNS: readonly Run[] = ['initial', 'corrected', 'final']

/** When the sessions of an area are held, and its days settled. */
export type Calendar = {
  readonly firstPeriod: DeliveryPeriod
  /** Inclusive. */
  readonly lastPeriod: DeliveryPeriod
  /** Seconds before delivery at which a session's gate closes. */
  readonly gateClosureLeadSeconds: number
  /** Seconds after the end of delivery at which missing readings are no longer waited for. */
  readonly readingDeadlineSeconds: number
  /** Seconds after gate closure from which any member may act in the market operator's place. */
  readonly operatorDeadlineSeconds: number
  /** Seconds after a run's statements are committed in which they can be challenged; then it is paid. */
  readonly challengeWindowSeconds: number
  /** Seconds after the end of a day from which its corrected, and its final settlement run may be committed. */
  readonly correctionDelaySeconds: number
  readonly finalDelaySeconds: number
}

export function isTraded(calendar: Calendar, period: DeliveryPeriod): boolean {
  return period >= calendar.firstPeriod && period <= calendar.lastPeriod
}

/** Unix seconds from which the session takes no more orders. Throws `period-not-traded` outside the calendar. */
export function gateClosureOf(calendar: Calendar, period: DeliveryPeriod): number {
  if (!isTraded(calendar, period)) {
    throw new DomainError(
      'period-not-traded',
      `period ${period} is not traded: the area trades ${calendar.firstPeriod} to ${calendar.lastPeriod}`,
      { period, firstPeriod: calendar.firstPeriod, lastPeriod: calendar.lastPeriod },
    )
  }
  return startOf(period) - calendar.gateClosureLeadSeconds
}

/** Unix seconds at which a period's missing readings are no longer waited for. */
export function readingDeadlineOf(calendar: Calendar, period: DeliveryPeriod): number {
  return endOf(period) + calendar.readingDeadlineSeconds
}

/** The area's sessions of the day, ascending; none where it does not trade that day. */
export function tradedPeriodsOf({ firstPeriod, lastPeriod }: Calendar, day: TradingDay): DeliveryPeriod[] {
  const first = Math.max(firstPeriod, firstPeriodOf(day))
  const last = Math.min(lastPeriod, lastPeriodOf(day))
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => deliveryPeriod(first + index))
}

/** The first and the last day on which the area trades. */
export function tradingDaysOf({ firstPeriod, lastPeriod }: Calendar): {
  readonly first: TradingDay
  readonly last: TradingDay
} {
  return { first: tradingDayOf(firstPeriod), last: tradingDayOf(lastPeriod) }
}

/** The number of the run in leaves, tables and transactions. */
export function runNumberOf(run: Run): number {
  return RUNS.indexOf(run)
}

/** Unix seconds from which the day's run may be committed: the initial one from the end of the day. */
export function runDueAt(calendar: Calendar, day: TradingDay, run: Run): number {
  return endOfDay(day) + delayOf(calendar, run)
}

/** Unix seconds up to which the readings of the day's periods may be corrected. */
export function correctionEndOf(calendar: Calendar, day: TradingDay): number {
  return endOfDay(day) + calendar.finalDelaySeconds
}

function delayOf(calendar: Calendar, run: Run): number {
  if (run === 'initial') return 0
  return run === 'corrected' ? calendar.correctionDelaySeconds : calendar.finalDelaySeconds
}
