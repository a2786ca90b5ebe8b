/** An exact number: the denominator is positive, and the fraction is in lowest terms. */
export type Fraction = { readonly numerator: bigint; readonly denominator: bigint }

/** Throws a RangeError where the denominator is zero. */
export function fraction(numerator: bigint, denominator = 1n): Fraction {
  if (denominator === 0n) throw new RangeError(`${numerator} cannot be divided by zero`)
  const divisor = greatestCommonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n)
  return { numerator: numerator / divisor, denominator: denominator / divisor }
}

export function sumOf(one: Fraction, other: Fraction): Fraction {
  return fraction(
    one.numerator * other.denominator + other.numerator * one.denominator,
    one.denominator * other.denominator,
  )
}

export function productOf(one: Fraction, other: Fraction): Fraction {
  return fraction(one.numerator * other.numerator, one.denominator * other.denominator)
}

export function isGreater(one: Fraction, other: Fraction): boolean {
  return one.numerator * other.denominator > other.numerator * one.denominator
}

/** The fraction, or the bound that it is beyond. */
export function clampedTo(value: Fraction, least: Fraction, most: Fraction): Fraction {
  if (isGreater(least, value)) return least
  return isGreater(value, most) ? most : value
}

/**
 * The nearest integer; of two that are as near, the even one. Halves so go up as often as down, and a value and its
 * opposite are rounded to opposites: whoever gains from a larger result gains nothing from the rounding.
 */
export function roundHalfEven({ numerator, denominator }: Fraction): bigint {
  const truncated = numerator / denominator
  const twiceRest = 2n * absoluteOf(numerator % denominator)
  const isAway = twiceRest > denominator || (twiceRest === denominator && truncated % 2n !== 0n)
  return isAway ? truncated + (numerator < 0n ? -1n : 1n) : truncated
}

export function absoluteOf(value: bigint): bigint {
  return value < 0n ? -value : value
}

function greatestCommonDivisor(one: bigint, other: bigint): bigint {
  let [greater, lesser] = [absoluteOf(one), absoluteOf(other)]
  while (lesser > 0n) [greater, lesser] = [lesser, greater % lesser]
  return greater
}
