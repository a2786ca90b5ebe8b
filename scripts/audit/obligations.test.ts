import { describe, expect, test } from 'vitest'
import { obligationsAt } from './obligations.ts'
import type { Books } from './replay/books.ts'

const [AREA, DAY] = [1, 10]
const [FIRST, LAST] = [DAY * 96 + 94, DAY * 96 + 95]
const END = (DAY + 1) * 86_400
const SCOPE = { fromPeriod: 0, toPeriod: 2 ** 32 - 1, area: null }
const calendar = {
  firstPeriod: FIRST,
  lastPeriod: LAST,
  gateClosureLead: 300,
  readingDeadline: 300,
  operatorDeadline: 600,
  challengeWindow: 3_600,
  correctionDelay: 86_400,
  finalDelay: 172_800,
}
/** Then everything has passed, with the time from which anybody may release the day. */
const RELEASE = END + 172_800 + 3_600

type State = {
  cleared?: readonly number[]
  metered?: readonly number[]
  run?: object
  released?: boolean
  openedAt?: number
}

function overdueAt(
  now: number,
  { cleared = [], metered = [], run, released = false, openedAt = 0 }: State,
  scope = SCOPE,
) {
  const books = {
    areas: {
      numbers: () => [AREA],
      calendarOf: () => calendar,
      openedAtOf: () => openedAt,
      gateClosureOf: (_area: number, period: number) => period * 900 - 300,
      tradedPeriodsOf: (_area: number, day: number) => (day === DAY ? [FIRST, LAST] : []),
    },
    sessions: {
      closedOf: (_area: number, period: number) => (cleared.includes(period) ? { at: period * 900 - 300 } : null),
      clearedOf: (_area: number, period: number) => (cleared.includes(period) ? {} : null),
    },
    readings: { isCommitted: (_area: number, period: number) => metered.includes(period) },
    runs: { runOf: () => run },
    releases: { unpaid: released ? [{ area: AREA, day: DAY }] : [] },
  } as unknown as Books
  const { overdue, difference } = obligationsAt(now, books, scope)
  return { list: overdue.map(({ what, period }) => [what, period]), difference }
}

const done = { cleared: [FIRST, LAST], metered: [FIRST, LAST] }

describe('obligationsAt', () => {
  test('lists a gate from the time on at which others could have closed it', () => {
    expect(overdueAt(FIRST * 900 + 299, {}).list).toEqual([])
    expect(overdueAt(FIRST * 900 + 300, {})).toEqual({ list: [['gate', FIRST]], difference: null })
  })

  test('lists readings, statements and payment in their turn', () => {
    expect(overdueAt(END + 1_200, { ...done, metered: [FIRST] }).list).toEqual([['readings', LAST]])
    expect(overdueAt(END + 86_399, done).list).toEqual([])
    expect(overdueAt(END + 86_400, done).list).toEqual([['settlement', null]])
    const run = { committedAt: END, paid: null }
    expect(overdueAt(END + 3_600 + 86_400, { ...done, run }).list).toEqual([['payment', null]])
    expect(overdueAt(RELEASE, { ...done, run: { committedAt: END, paid: {} } }).list).toEqual([])
  })

  test('is a difference when nobody did it though anybody could have ended the day', () => {
    expect(overdueAt(RELEASE - 1, { metered: [FIRST, LAST] }).difference).toBeNull()
    const { difference } = overdueAt(RELEASE, { metered: [FIRST, LAST] })
    expect(difference).toMatchObject({ check: 'overdue', area: AREA, day: DAY, period: FIRST })
    expect(overdueAt(RELEASE, done).difference).toMatchObject({ check: 'overdue', day: DAY, period: undefined })
    expect(overdueAt(RELEASE, { released: true }).difference).toBeNull()
  })

  test('asks nothing of other areas, other days, and of the time before the area was opened', () => {
    const nothing = { list: [], difference: null }
    expect(overdueAt(RELEASE, {}, { ...SCOPE, toPeriod: FIRST - 96 })).toEqual(nothing)
    expect(overdueAt(RELEASE, {}, { ...SCOPE, area: 2 } as unknown as typeof SCOPE)).toEqual(nothing)
    expect(overdueAt(RELEASE, { openedAt: END })).toEqual(nothing)
  })
})
