import { readLastRun } from '../chain/settlement-runs.ts'
import { DomainError } from '../domain/errors.ts'
import { RUNS, runDueAt, tradingDaysOf, type Calendar } from '../domain/grid/calendar.ts'
import { tradingDay, tradingDayAt, type TradingDay } from '../domain/units.ts'
import { insertFinishedDay } from '../store/finished-days.ts'
import type { Operation } from './operation.ts'
import { redrawOutdated } from './redrawing.ts'
import { settlementActOf } from './settlement-act.ts'
import { isRunNeeded, payRun, settleDay } from './settlement-day.ts'

/**
 * Settles the area's days, in as many runs as each needs; resolves to whether it got something done. A day that has to
 * wait, or that cannot be settled, does not keep the later ones waiting.
 * @param finished Days for which nothing more is to come. No run is ever too late, and the ledger does not tell a run
 * that is not needed from one that was never made: so every other day is looked at, however old.
 */
export function createSettlementDuty(
  operation: Operation,
  area: number,
  calendar: Calendar,
  finished: ReadonlySet<TradingDay>,
): () => Promise<boolean> {
  const { ledger, clock, store } = operation
  const open = new Set<TradingDay>()
  /** Unix seconds before which there is nothing to commit or pay for a day. */
  const resting = new Map<TradingDay, number>()
  /** Days whose initial run is committed. */
  const settled = new Set<TradingDay>()
  const redraw = (day: TradingDay) => redrawOutdated(operation, area, calendar, day)
  const { first, last } = tradingDaysOf(calendar)
  let nextDay: number = first

  const finish = async (day: TradingDay): Promise<void> => {
    await insertFinishedDay(store, area, day)
    open.delete(day)
  }

  const settle = async (day: TradingDay): Promise<boolean> => {
    if (clock.now() < (resting.get(day) ?? 0)) return false
    const lastRun = await readLastRun(ledger, area, day)
    if (lastRun !== null) settled.add(day)
    const run = lastRun === null ? null : { ...lastRun, run: RUNS[lastRun.run]! }
    const act = settlementActOf(calendar, day, run, clock.now())
    if (act.kind === 'none') await finish(day)
    if (act.kind === 'wait') resting.set(day, act.until)
    if (act.kind === 'none' || act.kind === 'wait') return false
    if (act.kind === 'pay') return payRun(operation, area, day, act.run)
    if (act.run === 'initial' || (await isRunNeeded(operation, area, day))) {
      return settleDay(operation, area, day, act.run)
    }
    // Readings cannot be corrected any more once the final run is due; until then one look at a run's time is enough.
    if (act.run === 'final') await finish(day)
    else resting.set(day, runDueAt(calendar, day, 'final'))
    return false
  }

  return async () => {
    const today = tradingDayAt(clock.now())
    for (; nextDay <= Math.min(today, last); nextDay += 1) {
      const day = tradingDay(nextDay)
      if (!finished.has(day)) open.add(day)
    }
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
 * The first day whose initial run is not committed, so that statements of its periods may be missing; the day behind the
 * last one that has begun where all are.
 */
export async function firstUnsettledDay(
  { ledger, clock }: Pick<Operation, 'ledger' | 'clock'>,
  area: number,
  calendar: Calendar,
  finished: ReadonlySet<TradingDay>,
): Promise<TradingDay> {
  const { first, last } = tradingDaysOf(calendar)
  const end = Math.max(first, Math.min(last, tradingDayAt(clock.now())) + 1)
  for (let day: number = first; day < end; day += 1) {
    if (finished.has(tradingDay(day))) continue
    if ((await readLastRun(ledger, area, tradingDay(day))) === null) return tradingDay(day)
  }
  return tradingDay(end)
}
