import { isTraded, type Calendar } from '../grid/calendar.ts'
import { deliveryPeriod, deliveryPeriodAt, type DeliveryPeriod } from '../units.ts'

/** The session whose gate closes next after `now` (unix seconds); null where none is left in the calendar. */
export function nextToCloseOf(calendar: Calendar, now: number): DeliveryPeriod | null {
  const next = deliveryPeriod(deliveryPeriodAt(now + calendar.gateClosureLeadSeconds) + 1)
  if (next <= calendar.firstPeriod) return calendar.firstPeriod
  return isTraded(calendar, next) ? next : null
}

/** Sessions from `newest` down to `oldest`, both inclusive, and whether older ones follow. */
export type SessionSpan = {
  readonly newest: DeliveryPeriod
  readonly oldest: DeliveryPeriod
  readonly hasOlder: boolean
}

/**
 * At most `limit` sessions below `before`, newest first, beginning with the one whose gate closes next: later ones
 * take orders too, but nothing has happened in them. Null where there are none.
 */
export function recentSessionsOf(
  calendar: Calendar,
  now: number,
  { before, limit }: { before?: number | undefined; limit: number },
): SessionSpan | null {
  const latest = nextToCloseOf(calendar, now) ?? calendar.lastPeriod
  const newest = before === undefined ? latest : Math.min(latest, before - 1)
  if (newest < calendar.firstPeriod) return null
  const oldest = Math.max(calendar.firstPeriod, newest - limit + 1)
  return {
    newest: deliveryPeriod(newest),
    oldest: deliveryPeriod(oldest),
    hasOlder: oldest > calendar.firstPeriod,
  }
}
