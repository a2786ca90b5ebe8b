import { describe, expect, test } from 'vitest'
import { fraction } from '../baseline/fraction.ts'
import { localDayAfter, parseLocalDay } from '../baseline/local-calendar.ts'
import {
  excessiveFindingsOf,
  expectedUseOf,
  GUARD_THRESHOLDS,
  repeatedFindingOf,
  type FindingSearch,
  type Observation,
} from './finding.ts'

const search: FindingSearch = {
  kind: 'consumption-raised-before-event',
  sought: 'higher',
  thresholds: GUARD_THRESHOLDS,
}
const START = parseLocalDay('2026-06-01')

const observation = (
  use: number,
  days: readonly number[],
  control?: number,
  controls?: readonly number[],
): Observation => ({
  day: START,
  periods: [],
  use: BigInt(use),
  control: control === undefined ? null : BigInt(control),
  comparedWith: days.map((one, index) => ({
    day: localDayAfter(START, -index - 1),
    use: BigInt(one),
    control: controls === undefined ? null : BigInt(controls[index]!),
  })),
})

const times = (count: number, value: number) => Array.from({ length: count }, () => value)
const oftenOf = (count: number, one: Observation) => Array.from({ length: count }, () => one)

describe('a repeated finding', () => {
  test('is made where observations are above their days more often than chance explains', () => {
    // Four above all of ten days: of 14 over 4 = 1,001 orders one
    const finding = repeatedFindingOf(search, oftenOf(4, observation(150, times(10, 100))))
    expect(finding).toMatchObject({
      rule: 'repeated',
      kind: 'consumption-raised-before-event',
      ...{ conspicuousPairs: 40, pairs: 40, leastPairs: 40, use: 600n, expected: 400n },
    })
    expect(finding?.observations).toHaveLength(4)
    // Three: of 13 over 3 = 286
    expect(repeatedFindingOf(search, oftenOf(3, observation(150, times(10, 100))))).toBeNull()
  })

  test('is not made of equal ones: constant use differs from nothing', () => {
    expect(repeatedFindingOf(search, oftenOf(50, observation(100, times(19, 100))))).toBeNull()
    expect(repeatedFindingOf(search, oftenOf(50, observation(0, times(19, 0))))).toBeNull()
  })

  test('is not made of a difference that does not matter', () => {
    expect(repeatedFindingOf(search, oftenOf(20, observation(109, times(19, 100))))).toBeNull()
    expect(repeatedFindingOf(search, oftenOf(20, observation(110, times(19, 100))))).not.toBeNull()
  })

  test('compares all with as many days as the one with the fewest, and leaves out one with too few', () => {
    const [short, long] = [observation(150, times(12, 100)), observation(150, times(30, 100))]
    const finding = repeatedFindingOf(search, [short, ...oftenOf(4, long), observation(150, times(9, 100))])
    expect(finding?.observations.map(({ comparedWith }) => comparedWith.length)).toEqual([12, 12, 12, 12, 12])
    expect(repeatedFindingOf(search, oftenOf(4, long))?.observations[0]!.comparedWith).toHaveLength(19)
    expect(repeatedFindingOf(search, oftenOf(9, observation(150, times(9, 100))))).toBeNull()
    expect(repeatedFindingOf(search, [])).toBeNull()
  })

  test('is not made where the control group rose as much, nor where only the group fell', () => {
    const days = times(19, 100)
    const rose = observation(150, days, 1_500, times(19, 1_000))
    const groupFell = observation(100, days, 500, times(19, 1_000))
    const alone = observation(150, days, 1_000, times(19, 1_000))
    expect(repeatedFindingOf(search, oftenOf(10, rose))).toBeNull()
    expect(repeatedFindingOf(search, oftenOf(10, groupFell))).toBeNull()
    expect(repeatedFindingOf(search, oftenOf(10, alone))).toMatchObject({ use: 1_500n, expected: 1_000n })
  })

  test('of low days is the mirror of one of high days', () => {
    const low = { ...search, kind: 'low-days-withheld', sought: 'lower' } as const
    const finding = repeatedFindingOf(low, oftenOf(4, observation(50, times(10, 100))))
    expect(finding).toMatchObject({ conspicuousPairs: 40, use: 200n, expected: 400n })
    expect(repeatedFindingOf(low, oftenOf(4, observation(150, times(10, 100))))).toBeNull()
    expect(repeatedFindingOf(search, oftenOf(4, observation(50, times(10, 100))))).toBeNull()
  })
})

describe('an excessive finding', () => {
  const days = [...times(5, 90), ...times(5, 110)]

  test('is made of a single one above the highest day by more than three times their range', () => {
    // 110 + 3 * (110 - 90) = 170
    expect(excessiveFindingsOf(search, [observation(170, days)])).toEqual([])
    expect(excessiveFindingsOf(search, [observation(171, days)])).toMatchObject([
      { rule: 'excessive', conspicuousPairs: 10, pairs: 10, leastPairs: 10, use: 171n, expected: 100n },
    ])
    expect(
      excessiveFindingsOf(search, [observation(500, days), observation(100, days), observation(600, days)]),
    ).toHaveLength(2)
  })

  test('has to be beyond in its share of the control group too', () => {
    const controls = times(10, 1_000)
    expect(excessiveFindingsOf(search, [observation(300, days, 1_000, controls)])).toHaveLength(1)
    // A share of 300 / 2,000, and the limit is 170 / 1,000
    expect(excessiveFindingsOf(search, [observation(300, days, 2_000, controls)])).toEqual([])
  })

  test('is not made of less than a tenth more than was to be expected', () => {
    expect(excessiveFindingsOf(search, [observation(109, times(10, 100))])).toEqual([])
    expect(excessiveFindingsOf(search, [observation(110, times(10, 100))])).toHaveLength(1)
  })
})

describe('what was to be expected', () => {
  test('is the mean of the days, or what the control group suggests where that is nearer', () => {
    const days = [80, 120]
    expect(expectedUseOf('higher', observation(150, days))).toEqual(fraction(100n))
    // A tenth of the group's use on the days: of 1,400 that is 140, and of 500 it is 50
    expect(expectedUseOf('higher', observation(150, days, 1_400, [1_000, 1_000]))).toEqual(fraction(140n))
    expect(expectedUseOf('higher', observation(150, days, 500, [1_000, 1_000]))).toEqual(fraction(100n))
    expect(expectedUseOf('lower', observation(10, days, 500, [1_000, 1_000]))).toEqual(fraction(50n))
  })
})
