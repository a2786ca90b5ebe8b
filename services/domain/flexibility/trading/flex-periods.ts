import { DomainError } from '../../errors.ts'
import { SECONDS_PER_PERIOD, type DeliveryPeriod } from '../../units.ts'

/** The most quarter-hours that a day has: one on which clocks are put back by an hour. */
export const MOST_PERIODS_OF_DAY = 100

type WithPeriod = { readonly period: DeliveryPeriod }

/**
 * The periods of a message, ascending. Throws `flex-periods-empty`, `flex-period-twice`, and `flex-periods-too-many` beyond
 * what one day has, which is what a message of UFTP is about.
 */
export function requirePeriods<Item extends WithPeriod>(items: readonly Item[]): Item[] {
  if (items.length === 0) throw new DomainError('flex-periods-empty', 'a message names at least one delivery period')
  const sorted = [...items].sort((one, other) => one.period - other.period)
  const twice = sorted.find(({ period }, index) => sorted[index + 1]?.period === period)
  if (twice !== undefined) {
    throw new DomainError('flex-period-twice', `period ${twice.period} is named twice`, { period: twice.period })
  }
  const [first, last] = [sorted[0]!.period, sorted.at(-1)!.period]
  if (last - first >= MOST_PERIODS_OF_DAY) {
    throw new DomainError('flex-periods-too-many', `periods ${first} to ${last} are more than a day`, { first, last })
  }
  return sorted
}

/** Periods that follow one another without a gap, as first and last ones, of ascending periods. */
export function runsOf(
  periods: readonly DeliveryPeriod[],
): { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod }[] {
  const runs: { first: DeliveryPeriod; last: DeliveryPeriod }[] = []
  for (const period of periods) {
    const run = runs.at(-1)
    if (run !== undefined && run.last + 1 === period) run.last = period
    else runs.push({ first: period, last: period })
  }
  return runs
}

/** Seconds from the start of the first period to the end of the last one. */
export function secondsOf({ first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod }): number {
  return (last - first + 1) * SECONDS_PER_PERIOD
}
