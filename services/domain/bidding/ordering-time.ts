import { gateClosureOf, isTraded, type Calendar } from '../grid/calendar.ts'
import { deliveryPeriod, deliveryPeriodAt, endOf, SECONDS_PER_PERIOD, startOf, type DeliveryPeriod } from '../units.ts'

/**
 * The session to order in at `now` (unix seconds): the one whose gate closes in the current quarter-hour. Null once
 * that gate has closed, and where the area does not trade the period.
 */
export function sessionToOrderIn(calendar: Calendar, now: number): DeliveryPeriod | null {
  const latestClosure = endOf(deliveryPeriodAt(now))
  const period = deliveryPeriod(Math.floor((latestClosure + calendar.gateClosureLeadSeconds) / SECONDS_PER_PERIOD))
  return isTraded(calendar, period) && now < gateClosureOf(calendar, period) ? period : null
}

/** Unix seconds until which an order for the session stands: it is of no use once delivery starts. */
export function orderExpiryOf(period: DeliveryPeriod): number {
  return startOf(period)
}
