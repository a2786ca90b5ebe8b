import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, signedWh } from '../../units.ts'
import {
  accuracyOfBoth,
  accuracyWith,
  biasOf,
  NO_TRIALS,
  rankedMethods,
  rrmseOf,
  type Accuracy,
  type TrialDay,
} from './accuracy.ts'
import type { BaselineVersion } from './baseline-method.ts'

const trial = (
  pairs: readonly (readonly [baseline: number, flow: number])[],
  direction: 'consumption' | 'feed-in' = 'consumption',
): TrialDay => ({
  direction,
  periods: pairs.map(([baseline, flow], index) => ({
    period: deliveryPeriod(index),
    baseline: signedWh(BigInt(baseline)),
    flow: signedWh(BigInt(flow)),
  })),
})

const over = (...days: readonly TrialDay[]): Accuracy => days.reduce(accuracyWith, NO_TRIALS)

describe('the accuracy of a method', () => {
  test('is its bias and its relative root mean squared error', () => {
    const accuracy = over(
      trial([
        [110, 100],
        [90, 120],
      ]),
      { refusal: 'baseline-too-few-days' },
      trial([[200, 180]]),
    )
    // Errors 10, -30, 20: together 0; squares 100 + 900 + 400 = 1,400; flow 100 + 120 + 180 = 400
    expect(accuracy).toEqual({ days: 2, refusedDays: 1, periods: 3, error: 0n, squaredError: 1_400n, flow: 400n })
    expect(biasOf(accuracy)).toBe(0)
    // sqrt(1,400 / 3) / (400 / 3) = 21.602 / 133.33
    expect(rrmseOf(accuracy)).toBeCloseTo(0.162_02, 5)
  })

  test('has a positive bias where the DSO would pay too much, in either direction', () => {
    expect(biasOf(over(trial([[110, 100]])))).toBeCloseTo(0.1)
    expect(biasOf(over(trial([[-110, -100]], 'feed-in')))).toBeCloseTo(0.1)
    expect(biasOf(over(trial([[-110, -100]])))).toBeCloseTo(-0.1)
  })

  test('is unknown where nothing flowed', () => {
    expect([biasOf(NO_TRIALS), rrmseOf(NO_TRIALS)]).toEqual([null, null])
    expect(rrmseOf(over(trial([[5, 0]])))).toBeNull()
  })

  test('is the same however days are gathered', () => {
    const day = fc
      .array(fc.tuple(fc.integer({ min: -9_999, max: 9_999 }), fc.integer({ min: -9_999, max: 9_999 })), {
        maxLength: 8,
      })
      .map((pairs) => (pairs.length === 0 ? ({ refusal: 'baseline-too-few-days' } as const) : trial(pairs)))
    fc.assert(
      fc.property(fc.array(day), fc.array(day), (some, others) => {
        expect(accuracyOfBoth(over(...some), over(...others))).toEqual(over(...others, ...some))
      }),
    )
  })
})

describe('the table of methods', () => {
  const named = (version: BaselineVersion, ...days: TrialDay[]) => ({ version, accuracy: over(...days) })

  test('ranks by RRMSE, then by bias, then by name', () => {
    const table = rankedMethods(
      [
        named(
          'nomination/1',
          trial([
            [130, 100],
            [70, 100],
          ]),
        ),
        named(
          'high-5-of-10/1',
          trial([
            [110, 100],
            [110, 100],
          ]),
        ),
        named(
          '10-of-10/1',
          trial([
            [110, 100],
            [90, 100],
          ]),
        ),
        named(
          'control-group/1',
          trial([
            [110, 100],
            [90, 100],
          ]),
        ),
      ],
      1,
    )
    expect(table.map(({ version, rank }) => [rank, version])).toEqual([
      [1, '10-of-10/1'],
      [2, 'control-group/1'],
      [3, 'high-5-of-10/1'],
      [4, 'nomination/1'],
    ])
    expect(table[2]).toMatchObject({ days: 1, refusedDays: 0, bias: 0.1, rrmse: 0.1 })
  })

  test('ranks no method that was tried on too few days, however exact it was on them', () => {
    const day = trial([[110, 100]])
    const table = rankedMethods(
      [
        named('nomination/1', trial([[100, 100]])),
        named('10-of-10/1', day, day),
        named('control-group/1', { refusal: 'x' }),
      ],
      2,
    )
    expect(table.map(({ version, rank, days }) => [rank, version, days])).toEqual([
      [1, '10-of-10/1', 2],
      [null, 'nomination/1', 1],
      [null, 'control-group/1', 0],
    ])
  })
})
