import { readFlexRun } from '../../chain/flex-settlement.ts'
import { readRun } from '../../chain/settlement-runs.ts'
import { DomainError } from '../../domain/errors.ts'
import type { LocalCalendar } from '../../domain/flexibility/baseline/local-calendar.ts'
import { tradingDaysOf, type Calendar } from '../../domain/grid/calendar.ts'
import { endOfDay, tradingDay, tradingDayAt, type TradingDay } from '../../domain/units.ts'
import type { Operation } from '../operation.ts'
import type { FlexBooks } from './books.ts'
import { payFlexibility, settleFlexibility } from './flex-day.ts'

const INITIAL_RUN = 0

/**
 * Settles the area's flexibility day by day, each once its energy is paid; resolves to whether it got something done. A day
 * that has to wait, or that cannot be settled, does not keep the later ones waiting.
 */
export function createFlexibilityDuty(
  operation: Operation,
  books: FlexBooks,
  { area, calendar, localCalendar }: { area: number; calendar: Calendar; localCalendar: LocalCalendar },
): () => Promise<boolean> {
  const { ledger, clock } = operation
  const open = new Set<TradingDay>()
  const { first, last } = tradingDaysOf(calendar)
  let nextDay: number = first

  const settle = async (day: TradingDay): Promise<boolean> => {
    const energy = await readRun(ledger, area, day, INITIAL_RUN)
    if (energy === null || !energy.isPaid) return false
    const run = await readFlexRun(ledger, { area, day })
    if (run?.isPaid === true || (run === null && isTooLate(calendar, day, clock.now()))) {
      open.delete(day)
      return false
    }
    if (run !== null) return payFlexibility(operation, books, { area, day })
    const outcome = await settleFlexibility(operation, books, { area, day, calendar: localCalendar })
    // Nothing can be ordered any more for a day that is over; availability that comes due goes with a later day.
    if (outcome === 'nothing') open.delete(day)
    return outcome === 'committed'
  }

  return async () => {
    const today = tradingDayAt(clock.now())
    for (; nextDay < Math.min(today, last + 1); nextDay += 1) open.add(tradingDay(nextDay))
    let trouble: DomainError | null = null
    for (const day of open) {
      try {
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

/** Whether the pledges of the day are free by now, so that nothing is settled any more. */
function isTooLate({ finalDelaySeconds, challengeWindowSeconds }: Calendar, day: TradingDay, now: number): boolean {
  return now >= endOfDay(day) + finalDelaySeconds + challengeWindowSeconds
}
