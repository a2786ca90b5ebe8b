import { RUNS, runDueAt, type Calendar, type Run } from '../domain/grid/calendar.ts'
import type { TradingDay } from '../domain/units.ts'

/** The last run of a day that the ledger has. */
export type LastRun = { readonly run: Run; readonly committedAt: number; readonly isPaid: boolean }

/** What is to be done for a day now: wait until a time, in unix seconds, or nothing any more. */
export type SettlementAct =
  | { readonly kind: 'commit' | 'pay'; readonly run: Run }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'none' }

/**
 * What the settlement of a day comes to next: its initial run once it is over, the payment of a run once it could be
 * challenged, and then those later runs whose time has come. The corrected run is left out once the final one is due.
 * @param now The ledger's time in unix seconds.
 */
export function settlementActOf(calendar: Calendar, day: TradingDay, last: LastRun | null, now: number): SettlementAct {
  const from = (time: number, act: SettlementAct): SettlementAct => (now >= time ? act : { kind: 'wait', until: time })
  if (last === null) return from(runDueAt(calendar, day, 'initial'), { kind: 'commit', run: 'initial' })
  if (!last.isPaid) {
    return from(last.committedAt + calendar.challengeWindowSeconds, { kind: 'pay', run: last.run })
  }
  const [next, ...others] = RUNS.slice(RUNS.indexOf(last.run) + 1)
  if (next === undefined) return { kind: 'none' }
  const run = others.findLast((candidate) => now >= runDueAt(calendar, day, candidate)) ?? next
  return from(runDueAt(calendar, day, run), { kind: 'commit', run })
}
