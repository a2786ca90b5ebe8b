import { areKeysPublished, readPageCount } from '../chain/trading-days.ts'
import { DomainError } from '../domain/errors.ts'
import { tradingDaysOf, type Calendar } from '../domain/grid/calendar.ts'
import { SECONDS_PER_DAY, startOfDay, tradingDayAt, type TradingDay } from '../domain/units.ts'
import { isSomebodyDelegating } from '../store/registrations.ts'
import type { Operation } from './operation.ts'

/** So many members are looked at in one transaction, which leaves room below the most gas that one may use. */
const MEMBERS_PER_PAGE = 300
/** So long, by the wall clock, keys wait for a home that joins to sign to whom it delegates: people take their time. */
const DELEGATING_SECONDS = 600
/** By the ledger's clock: the keys of a day are there so long before it begins, whoever is joining. */
const LEAST_LEAD_SECONDS = SECONDS_PER_DAY / 4

/**
 * Publishes the next page of trading keys: of today before those of tomorrow, as early as the ledger takes them, and
 * again when members have joined, who have until then said to which key they delegate: a page is never changed. Resolves
 * to whether there was one to publish.
 */
export async function publishNextKeys(operation: Operation, area: number, calendar: Calendar): Promise<boolean> {
  const { ledger, clock, store, sender, log } = operation
  for (const day of daysToTrade(calendar, clock.now())) {
    if (await areKeysPublished(ledger, area, day)) continue
    const page = await readPageCount(ledger, area, day)
    const canWait = page > 0 || clock.now() < startOfDay(day) - LEAST_LEAD_SECONDS
    if (canWait && (await isSomebodyDelegating(store, area, wallClock() - DELEGATING_SECONDS))) continue
    try {
      await sender.send(`publish-keys:${area}:${day}:${page}`, {
        contract: 'tradingDays',
        function: 'publishKeys',
        arguments: [area, day, MEMBERS_PER_PAGE],
      })
      log.info({ area, day, page }, `trading keys of day ${day} published: page ${page}`)
    } catch (error) {
      // Anyone may publish them: somebody was faster.
      if (!(error instanceof DomainError) || error.code !== 'trading-days-complete') throw error
    }
    return true
  }
  return false
}

/** The days of the calendar whose keys can be published at `now` (unix seconds): today, and tomorrow. */
export function daysToTrade(calendar: Calendar, now: number): TradingDay[] {
  const { first, last } = tradingDaysOf(calendar)
  return [tradingDayAt(now), tradingDayAt(now + SECONDS_PER_DAY)].filter((day) => day >= first && day <= last)
}

function wallClock(): number {
  return Math.floor(Date.now() / 1_000)
}
