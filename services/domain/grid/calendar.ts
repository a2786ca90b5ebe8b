import { DomainError } from '../errors.ts'
import { endOf, startOf, type DeliveryPeriod } from '../units.ts'

/** When the sessions of an area are held. */
export type Calendar = {
  readonly firstPeriod: DeliveryPeriod
  /** Inclusive. */
  readonly lastPeriod: DeliveryPeriod
  /** Seconds before delivery at which a session's gate closes. */
  readonly gateClosureLeadSeconds: number
  /** Seconds after the end of delivery at which missing readings are no longer waited for. */
  readonly readingDeadlineSeconds: number
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
