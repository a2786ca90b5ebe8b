import { describe, expect, test } from 'vitest'
import type { ConsentData } from './consent-data.ts'
import { requireStatements, requireTradedPeriods } from './consent-periods.ts'
import type { Books } from './replay/books.ts'

const [AREA, DAY, MEMBER] = [1, 1, 5]
const TRADED = [190, 191]
const SCOPE = { fromPeriod: 0, toPeriod: 1_000, area: null }

function requireOf(periods: readonly number[], corrected: readonly number[] = []) {
  const books = {
    areas: { tradedPeriodsOf: () => TRADED },
    challenges: { isCorrected: (...parts: readonly number[]) => corrected.includes(parts.at(-1)!) },
  } as unknown as Books
  const stated = periods.map((period) => ({ period })) as ConsentData['statements'][number]['periods']
  requireTradedPeriods({ area: AREA, memberId: MEMBER }, { day: DAY, run: 0, periods: stated }, books, {})
}

describe('requireTradedPeriods', () => {
  test('takes the traded periods in their sequence', () => {
    expect(() => requireOf(TRADED)).not.toThrow()
  })

  test.each([
    ['leaves one out', [190], 'entry 1 of its statement is missing, and it should be period 191'],
    ['begins later', [191], 'entry 0 of its statement is period 191, and it should be period 190'],
    ['repeats one', [190, 190, 191], 'entry 1 of its statement is period 190, and it should be period 191'],
    ['has them in another sequence', [191, 190], 'entry 0'],
    ['has one that is not traded', [190, 191, 192], 'entry 2 of its statement is period 192, and there should be none'],
  ])('refuses a statement that %s', (_, periods, words) => {
    expect(() => requireOf(periods)).toThrow(words)
  })

  test('leaves alone what was proven wrong on the ledger', () => {
    expect(() => requireOf([190], [191])).not.toThrow()
    expect(() => requireOf([191, 191], [190])).not.toThrow()
    expect(() => requireOf([], [0])).not.toThrow()
    expect(() => requireOf([190], [190])).toThrow('entry 1')
  })
})

describe('requireStatements', () => {
  const books = (runs: readonly number[], committedAt = 200) =>
    ({
      readings: { versionsOf: () => [{ committedAt: 100 }] },
      runs: {
        runOf: (_area: number, _day: number, run: number) =>
          runs.includes(run) ? { committedAt, place: {} } : undefined,
      },
    }) as unknown as Books
  const data = (...runs: readonly number[]) => [
    {
      area: AREA,
      memberId: MEMBER,
      readings: [{ period: 191, version: 0 }],
      statements: runs.map((run) => ({ day: DAY, run })),
    } as unknown as ConsentData,
  ]

  test('asks for a statement of every run since a reading', () => {
    expect(() => requireStatements(data(0, 1), books([0, 1]), SCOPE)).not.toThrow()
    expect(() => requireStatements(data(), books([]), SCOPE)).not.toThrow()
    expect(() => requireStatements(data(), books([0], 99), SCOPE)).not.toThrow()
    expect(() => requireStatements(data(0), books([0, 1]), SCOPE)).toThrow('no statement of its corrected run')
    expect(() => requireStatements(data(1), books([0, 1]), SCOPE)).toThrow('no statement of its initial run')
  })

  test('asks for none of a day that is not audited', () => {
    expect(() => requireStatements(data(), books([0]), { ...SCOPE, fromPeriod: 192 })).not.toThrow()
  })
})
