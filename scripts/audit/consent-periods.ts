import type { ConsentData, ConsentStatement } from './consent-data.ts'
import { differ, type Place } from './difference.ts'
import { isDayWithin, type Scope } from './head-state.ts'
import type { Books } from './replay/books.ts'
import { PERIODS_PER_DAY } from './replay/areas.ts'
import { RUN_NAMES } from './replay/runs.ts'

/** What a challenge of a statement as a whole has for its period. */
const WHOLE_STATEMENT = 0

/**
 * A statement is of the traded periods of its day, each once and in their sequence: the contract takes any other for wrong.
 * What was proven wrong on the ledger already is left alone.
 */
export function requireTradedPeriods(
  { area, memberId }: Pick<ConsentData, 'area' | 'memberId'>,
  { day, run, periods }: Pick<ConsentStatement, 'day' | 'run' | 'periods'>,
  books: Pick<Books, 'areas' | 'challenges'>,
  place: Place,
): void {
  const isCorrected = (period: number) => books.challenges.isCorrected(area, day, run, memberId, period)
  if (isCorrected(WHOLE_STATEMENT)) return
  const traded = books.areas.tradedPeriodsOf(area, day)
  const first = traded[0] ?? day * PERIODS_PER_DAY
  for (let position = 0; position < Math.max(periods.length, traded.length); position += 1) {
    const stated = periods[position]?.period
    const expected = traded[position]
    // A challenge names a period by its place in the statement.
    if (stated === expected || isCorrected(first + position)) continue
    const found = stated === undefined ? 'missing' : `period ${stated}`
    const words = expected === undefined ? 'there should be none' : `it should be period ${expected}`
    differ('consent-statements', `entry ${position} of its statement is ${found}, and ${words}`, {
      ...place,
      period: expected ?? stated,
    })
  }
}

/** Whoever has a reading on a day has a statement in every run of that day that was committed since. */
export function requireStatements(all: readonly ConsentData[], books: Pick<Books, 'readings' | 'runs'>, scope: Scope) {
  for (const { area, memberId, readings, statements } of all) {
    const given = new Set(statements.map(({ day, run }) => `${day}:${run}`))
    for (const { period, version } of readings) {
      const day = Math.floor(period / PERIODS_PER_DAY)
      if (!isDayWithin(scope, area, day)) continue
      const committedAt = books.readings.versionsOf(area, period)[version]?.committedAt ?? Infinity
      for (const [number, name] of RUN_NAMES.entries()) {
        const run = books.runs.runOf(area, day, number)
        if (run === undefined || run.committedAt < committedAt || given.has(`${day}:${number}`)) continue
        const message = `its data have readings of the day, and no statement of its ${name} run`
        differ('consent-statements', message, { ...run.place, area, day, member: memberId })
      }
    }
  }
}
