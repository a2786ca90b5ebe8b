import { tradedPeriodsOf, type Calendar } from '../domain/grid/calendar.ts'
import type { TradingDay } from '../domain/units.ts'
import { findOutdatedStatements } from '../store/statements.ts'
import type { Operation } from './operation.ts'
import { drawStatements } from './settlement.ts'

/**
 * Draws those statements of the day again whose readings were corrected since; to be called before its initial run is
 * committed. Resolves to whether anything changed: what the ledger does not have yet stays as it is.
 */
export async function redrawOutdated(
  operation: Operation,
  area: number,
  calendar: Calendar,
  day: TradingDay,
): Promise<boolean> {
  const periods = tradedPeriodsOf(calendar, day)
  const [first] = periods
  if (first === undefined) return false
  let isChanged = false
  for (const { period } of await findOutdatedStatements(operation.store, { area, run: 0 }, first, periods.length)) {
    isChanged = (await drawStatements(operation, area, period))?.isNew === true || isChanged
  }
  return isChanged
}
