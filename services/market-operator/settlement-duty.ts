import { readLastRun } from '../chain/settlement-runs.ts'
import { DomainError } from '../domain/errors.ts'
import { RUNS, runDueAt, tradingDaysOf, type Calendar } from '../domain/grid/calendar.ts'
import { SECONDS_PER_DAY, tradingDay, tradingDayAt, type TradingDay } from '../domain/units.ts'
import type { Operation } from './operation.ts'
import { redrawOutdated } from './redrawing.ts'
import { settlementActOf } from './settlement-act.ts'
import { isRunNeeded, payRun, settleDay } from './settlement-day.ts'

/**
 * Settles the area's days from `firstDay` on, in as many runs as each needs; resolves to whether it got something done. A
 * day that has to wait, or that cannot be settled, does not keep the later ones waiting.
 */
export function createSettlementDuty(
  operation: Operation,
  area: number,
  calendar: Calendar,
  firstDay: TradingDay,
): () => Promise<boolean> {
  const { ledger, clock } = operation
  const open = new Set<TradingDay>()
  /** Unix seconds before which there is nothing to commit or pay for a day. */
  const resting = new Map<TradingDay, number>()
  /** Days whose initial run is committed. */
  const settled = new Set<TradingDay>()
  const redraw = (day: TradingDay) => redrawOutdated(operation, area, calendar, day)
  let nextDay: number = firstDay

  const settle = async (day: TradingDay): Promise<boolean> => {
    if (clock.now() < (resting.get(day) ?? 0)) return false
    const last = await readLastRun(ledger, area, day)
    if (last !== null) settled.add(day)
    const run = last === null ? null : { ...last, run: RUNS[last.run]! }
    const act = settlementActOf(calendar, day, run, clock.now())
    if (act.kind === 'none') open.delete(day)
    if (act.kind === 'wait') resting.set(day, act.until)
    if (act.kind === 'none' || act.kind === 'wait') return false
    if (act.kind === 'pay') return payRun(operation, area, day, act.run)
    if (act.run === 'initial' || (await isRunNeeded(operation, area, day))) {
      return settleDay(operation, area, day, act.run)
    }
    // Readings cannot be corrected any more once the final run is due; until then one look at a run's time is enough.
    if (act.run === 'final') open.delete(day)
    else resting.set(day, runDueAt(calendar, day, 'final'))
    return false
  }

  return async () => {
    const today = tradingDayAt(clock.now())
    const { last } = tradingDaysOf(calendar)
    for (; nextDay <= Math.min(today, last); nextDay += 1) open.add(tradingDay(nextDay))
    let trouble: DomainError | null = null
    for (const day of open) {
      try {
        if (!settled.has(day) && (await redraw(day))) return true
        if (await settle(day)) return true
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        trouble ??= error
      }
    }
    if (trouble !== null) throw trouble
    return false
  }
}

/**
 * The first day that may still have a run to come: as many days before the first one that is not settled at all as a
 * final run can be late.
 */
export async function firstDayToSettle(operation: Operation, area: number, calendar: Calendar): Promise<TradingDay> {
  const { ledger, clock } = operation
  const { first, last } = tradingDaysOf(calendar)
  let low: number = first
  let high = Math.max(low, Math.min(last, tradingDayAt(clock.now())) + 1)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((await readLastRun(ledger, area, tradingDay(middle))) === null) high = middle
    else low = middle + 1
  }
  const lateness = calendar.finalDelaySeconds + calendar.challengeWindowSeconds
  return tradingDay(Math.max(first, low - 1 - Math.ceil(lateness / SECONDS_PER_DAY)))
}
