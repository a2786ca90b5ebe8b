import type { CsvValue } from '../../domain/export/csv.ts'
import { PERIODS_PER_DAY, type DeliveryPeriod } from '../../domain/units.ts'

/** Whose data, of which periods; both inclusive. */
export type ExportScope = {
  readonly memberId: number
  readonly from: DeliveryPeriod
  readonly to: DeliveryPeriod
}

/** The first row names the columns; further rows come in pages, so that no more than one is held. */
export type ExportedTable = AsyncIterable<readonly (readonly CsvValue[])[]>

type Span = Omit<ExportScope, 'memberId'>

/** Ten days, so that a page has at most 960 rows of each run. */
const PERIODS_PER_PAGE = 10 * PERIODS_PER_DAY

export function* pagesOf({ from, to }: Span): Generator<{ from: number; to: number }> {
  for (let start: number = from; start <= to; start += PERIODS_PER_PAGE) {
    yield { from: start, to: Math.min(to, start + PERIODS_PER_PAGE - 1) }
  }
}

export function daysOf({ from, to }: Span): { gte: number; lte: number } {
  return { gte: Math.floor(from / PERIODS_PER_DAY), lte: Math.floor(to / PERIODS_PER_DAY) }
}
