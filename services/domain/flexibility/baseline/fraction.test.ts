import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { absoluteOf, clampedTo, fraction, isGreater, productOf, roundHalfEven, sumOf } from './fraction.ts'

const value = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
const anyFraction = fc
  .tuple(value, fc.bigInt({ min: 1n, max: 10n ** 6n }), fc.constantFrom(1n, -1n))
  .map(([numerator, denominator, sign]) => fraction(numerator, sign * denominator))

describe('a fraction', () => {
  test('is in lowest terms, with the sign above', () => {
    expect(fraction(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n })
    expect(fraction(0n, -7n)).toEqual({ numerator: 0n, denominator: 1n })
    expect(fraction(5n)).toEqual({ numerator: 5n, denominator: 1n })
  })

  test('has no zero below', () => {
    expect(() => fraction(1n, 0n)).toThrow(RangeError)
  })

  test('is added, multiplied and compared exactly', () => {
    expect(sumOf(fraction(1n, 3n), fraction(1n, 6n))).toEqual(fraction(1n, 2n))
    expect(productOf(fraction(2n, 3n), fraction(-3n, 4n))).toEqual(fraction(-1n, 2n))
    expect(isGreater(fraction(1n, 3n), fraction(333_333_333_333n, 1_000_000_000_000n))).toBe(true)
    expect(isGreater(fraction(1n, 2n), fraction(2n, 4n))).toBe(false)
  })

  test('is clamped to the bound that it is beyond', () => {
    const [least, most] = [fraction(4n, 5n), fraction(6n, 5n)]
    expect(clampedTo(fraction(3n, 4n), least, most)).toEqual(least)
    expect(clampedTo(fraction(5n, 4n), least, most)).toEqual(most)
    expect(clampedTo(fraction(1n), least, most)).toEqual(fraction(1n))
  })
})

describe('roundHalfEven', () => {
  test.each([
    [1n, 2n, 0n],
    [3n, 2n, 2n],
    [5n, 2n, 2n],
    [-1n, 2n, 0n],
    [-3n, 2n, -2n],
    [-5n, 2n, -2n],
    [2n, 3n, 1n],
    [-2n, 3n, -1n],
    [4n, 3n, 1n],
    [7n, 1n, 7n],
  ])('of %d / %d is %d', (numerator, denominator, rounded) => {
    expect(roundHalfEven(fraction(numerator, denominator))).toBe(rounded)
  })

  test('is never more than half away, to the even one where it is a half, and mirrored for the opposite', () => {
    fc.assert(
      fc.property(anyFraction, (exact) => {
        const rounded = roundHalfEven(exact)
        const away = absoluteOf(2n * (rounded * exact.denominator - exact.numerator))
        expect(away <= exact.denominator).toBe(true)
        if (away === exact.denominator) expect(rounded % 2n).toBe(0n)
        expect(roundHalfEven(productOf(exact, fraction(-1n)))).toBe(-rounded)
      }),
    )
  })

  test('goes up as often as down over halves, so that nobody gains from it', () => {
    const drift = Array.from({ length: 1_000 }, (_, index) => BigInt(index)).reduce(
      (sum, whole) => sum + 2n * roundHalfEven(fraction(2n * whole + 1n, 2n)) - (2n * whole + 1n),
      0n,
    )
    expect(drift).toBe(0n)
  })
})
