import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scaledSumOf } from './exact-scale.ts'

const ONE = { times: 1n, per: 1n }
const KILO = { times: 1_000n, per: 1n }
const only = (value: number | bigint, scale = ONE) => scaledSumOf([{ value, scale, sign: 1n }])

describe('scaledSumOf', () => {
  test.each([
    [0.5, 1n],
    [-0.5, -1n],
    [0.49999999999999994, 0n],
    [1.5, 2n],
    [2.5, 3n],
    [-2.5, -3n],
    [-0, 0n],
    [5e-324, 0n],
    [1e21, 10n ** 21n],
  ])('rounds %d to %d, halves away from zero', (value, whole) => expect(only(value)).toBe(whole))

  test('takes a float for the decimal that names it', () => {
    expect(only(1.0005, KILO)).toBe(1_001n)
    expect(only(1.005, KILO)).toBe(1_005n)
    expect(only(4.35, { times: 100n, per: 1n })).toBe(435n)
    expect(only(Math.fround(1_234.567), KILO)).toBe(1_234_567n)
  })

  test('keeps integers beyond what a float can hold', () => {
    expect(only(2n ** 53n + 1n, KILO)).toBe((2n ** 53n + 1n) * 1_000n)
  })

  test('rounds a sum once, and not its summands', () => {
    const half = { value: 0.5, scale: ONE, sign: 1n } as const
    expect(scaledSumOf([half, half])).toBe(1n)
    expect(scaledSumOf([half, { ...half, sign: -1n }])).toBe(0n)
    expect(scaledSumOf([])).toBe(0n)
  })

  test('divides, and adds an offset', () => {
    expect(only(5_400n, { times: 1n, per: 3_600n })).toBe(2n)
    expect(scaledSumOf([{ value: 20, scale: { times: 1_000n, per: 1n, plus: -273_150n }, sign: 1n }])).toBe(-253_150n)
  })

  test.each([NaN, Infinity, -Infinity])('makes nothing of %d', (value) => expect(only(value)).toBeNull())

  test('never is further than a half from any float, and as odd as the float', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (value) => {
        const whole = only(value)!
        expect(Math.abs(Number(whole) - value)).toBeLessThanOrEqual(0.5)
        expect(only(-value)).toBe(-whole)
      }),
      { numRuns: 1_000 },
    )
  })
})
