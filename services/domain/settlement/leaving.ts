import { runDueAt, tradingDaysOf, type Calendar } from '../grid/calendar.ts'
import { SECONDS_PER_DAY, tradingDay, tradingDayAt, type Money, type TradingDay } from '../units.ts'

/** What a member that wants its data erased has to be asked about. Times are unix seconds by the ledger's clock. */
export type LeavingMember = {
  /** When it was deactivated; null while it is a member. */
  readonly activeUntil: number | null
  readonly balance: Money
  readonly debt: Money
}

/** `until` is the earliest time at which it can be over, in unix seconds; null where that is for somebody to decide. */
export type OpenMatter = { readonly what: string; readonly until: number | null }

/**
 * What is still open between a member and its area; nothing once it left, every day that it was there for is settled for
 * good, its money is withdrawn, and the law wants nothing kept any longer.
 * @param finished Days for which no settlement run and no payment is to come any more.
 * @param unpaidFlexibility The first day of which the member's flexibility is committed and not paid; null for none.
 */
export function openMattersOf(
  { activeUntil, balance, debt }: LeavingMember,
  facts: {
    readonly calendar: Calendar
    readonly finished: ReadonlySet<TradingDay>
    readonly unpaidFlexibility: TradingDay | null
    readonly retentionDays: number
    readonly now: number
  },
): OpenMatter[] {
  const { calendar, finished, unpaidFlexibility, retentionDays, now } = facts
  const matters: OpenMatter[] = []
  if (activeUntil === null) matters.push({ what: 'it is a member still: leave the area first', until: null })
  const { first, last } = tradingDaysOf(calendar)
  for (let day: number = first; day <= Math.min(last, tradingDayAt(activeUntil ?? now)); day += 1) {
    if (finished.has(tradingDay(day))) continue
    const until = runDueAt(calendar, tradingDay(day), 'final') + calendar.challengeWindowSeconds
    matters.push({ what: `day ${day} is not settled for good`, until })
    break
  }
  if (unpaidFlexibility !== null) {
    matters.push({ what: `flexibility of day ${unpaidFlexibility} is not paid`, until: null })
  }
  if (balance > 0n) matters.push({ what: `${balance} micro-euro are deposited: withdraw them`, until: null })
  if (debt > 0n) matters.push({ what: `${debt} micro-euro are owed: pay them`, until: null })
  const keptUntil = (activeUntil ?? now) + retentionDays * SECONDS_PER_DAY
  if (retentionDays > 0 && now < keptUntil) {
    matters.push({ what: `the law has records kept for ${retentionDays} days`, until: keptUntil })
  }
  return matters
}
