/** `value × times / per + plus`, in whole units. */
export type Scale = { readonly times: bigint; readonly per: bigint; readonly plus?: bigint }

type Fraction = { readonly numerator: bigint; readonly denominator: bigint }

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/

/**
 * Adds the values and takes the others away, each in its own scale, without any error but one rounding to the nearest
 * whole, halves away from zero. A float stands for the shortest decimal that names it, which is what the device meant.
 * Null where a value is not finite.
 */
export function scaledSumOf(
  summands: readonly { readonly value: number | bigint; readonly scale: Scale; readonly sign: 1n | -1n }[],
): bigint | null {
  let sum: Fraction = { numerator: 0n, denominator: 1n }
  for (const { value, scale, sign } of summands) {
    const fraction = fractionOf(value)
    if (fraction === null) return null
    sum = plus(sum, scaled(fraction, scale, sign))
  }
  return rounded(sum)
}

function fractionOf(value: number | bigint): Fraction | null {
  const [, sign, whole, decimals = '', exponent = '0'] = DECIMAL.exec(String(value)) ?? []
  if (whole === undefined) return null
  const digits = BigInt(`${sign}${whole}${decimals}`)
  const power = Number(exponent) - decimals.length
  return power < 0
    ? { numerator: digits, denominator: 10n ** BigInt(-power) }
    : { numerator: digits * 10n ** BigInt(power), denominator: 1n }
}

function scaled(
  { numerator, denominator }: Fraction,
  { times, per, plus: offset = 0n }: Scale,
  sign: bigint,
): Fraction {
  const below = denominator * per
  return { numerator: sign * (numerator * times + offset * below), denominator: below }
}

function plus(one: Fraction, other: Fraction): Fraction {
  return {
    numerator: one.numerator * other.denominator + other.numerator * one.denominator,
    denominator: one.denominator * other.denominator,
  }
}

function rounded({ numerator, denominator }: Fraction): bigint {
  const size = numerator < 0n ? -numerator : numerator
  const whole = (size * 2n + denominator) / (denominator * 2n)
  return numerator < 0n ? -whole : whole
}
