import { timeOf, type Difference } from './difference.ts'
import { isWithin, type Scope } from './head-state.ts'
import { PERIODS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_PERIOD } from './replay/areas.ts'
import type { Books } from './replay/books.ts'
import { releaseTimeOf } from './replay/releases.ts'

export const OBLIGATIONS = ['gate', 'clearing', 'readings', 'settlement', 'payment'] as const

/** What should have happened by the end of the ledger and has not. Times in unix seconds. */
export type Overdue = {
  readonly area: number
  readonly day: number
  /** Null for what is of the whole day. */
  readonly period: number | null
  readonly what: (typeof OBLIGATIONS)[number]
  readonly dueAt: number
}

export type Obligations = {
  readonly overdue: readonly Overdue[]
  /** The first of it for which even the time has passed from which anybody could have ended the day. */
  readonly difference: Difference | null
}

const WORDS: Readonly<Record<Overdue['what'], string>> = {
  gate: 'its gate was not closed, by the operator or by any member',
  clearing: 'it was not cleared',
  readings: 'its readings were not committed',
  settlement: 'its statements were not committed',
  payment: 'its initial run was not paid',
}

/**
 * What is overdue at the end of the ledger, in the periods and days that are audited. A day that was neither settled nor
 * released when all its deadlines had passed is a difference: money stays locked, and nobody is told why.
 */
export function obligationsAt(now: number, books: Books, scope: Scope): Obligations {
  const overdue: Overdue[] = []
  let difference: Difference | null = null
  for (const area of books.areas.numbers()) {
    if (scope.area !== null && scope.area !== area) continue
    for (const day of daysOf(area, now, books, scope)) {
      const missing = missingOn(area, day, now, books, scope)
      overdue.push(...missing)
      const [first] = missing
      if (first === undefined || difference !== null || now < releaseTimeOf(books.areas, area, day)) continue
      if (books.releases.unpaid.some((each) => each.area === area && each.day === day)) continue
      const period = first.period ?? undefined
      const message = `${WORDS[first.what]} by ${timeOf(now)}, long after every deadline of its day`
      difference = { check: 'overdue', message, area, day, period }
    }
  }
  return { overdue, difference }
}

/** Days that have begun since the area was opened, of those that are audited. */
function* daysOf(area: number, now: number, { areas }: Books, scope: Scope): Generator<number> {
  const { firstPeriod, lastPeriod } = areas.calendarOf(area)
  const openedAt = areas.openedAtOf(area)
  const from = Math.max(firstPeriod, scope.fromPeriod, Math.floor(openedAt / SECONDS_PER_PERIOD))
  const to = Math.min(lastPeriod, scope.toPeriod, Math.floor(now / SECONDS_PER_PERIOD) + 1)
  const lastDay = Math.floor(to / PERIODS_PER_DAY)
  for (let day = Math.floor(from / PERIODS_PER_DAY); day <= lastDay; day += 1) yield day
}

function missingOn(area: number, day: number, now: number, books: Books, scope: Scope): Overdue[] {
  const { operatorDeadline, readingDeadline, challengeWindow } = books.areas.calendarOf(area)
  const missing: Overdue[] = []
  const add = (what: Overdue['what'], period: number | null, dueAt: number) => {
    if (now >= dueAt) missing.push({ area, day, period, what, dueAt })
  }
  for (const period of books.areas.tradedPeriodsOf(area, day)) {
    if (!isWithin(scope, area, period)) continue
    const closed = books.sessions.closedOf(area, period)
    const gateClosure = books.areas.gateClosureOf(area, period)
    if (closed === null) add('gate', period, gateClosure + operatorDeadline)
    else if (books.sessions.clearedOf(area, period) === null) add('clearing', period, closed.at + operatorDeadline)
    // The gateway waits until the deadline for what is missing, and then needs a moment.
    const metered = (period + 1) * SECONDS_PER_PERIOD + readingDeadline + SECONDS_PER_PERIOD
    if (!books.readings.isCommitted(area, period)) add('readings', period, metered)
  }
  const run = books.runs.runOf(area, day, 0)
  const end = (day + 1) * SECONDS_PER_DAY
  // By then a run that is committed in time can be paid.
  if (run === undefined) add('settlement', null, end + SECONDS_PER_DAY)
  else if (run.paid === null) add('payment', null, run.committedAt + challengeWindow + SECONDS_PER_DAY)
  return missing
}
