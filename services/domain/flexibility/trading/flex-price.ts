import { DomainError } from '../../errors.ts'
import { money, type Money } from '../../units.ts'

/** Micro-euro: prices of offers and orders have four decimals of a euro, as in UFTP, inside as well as at its edge. */
export const FLEX_PRICE_STEP = 100n
/** Micro-euro, 100,000 euro: sums over all offers of a request stay whole numbers in a double. */
const HIGHEST_FLEX_PRICE = 100_000_000_000n

/** Throws `flex-price-invalid` for a price below 0, above 100,000 euro, or with more than four decimals of a euro. */
export function flexPrice(value: bigint): Money {
  if (value < 0n || value > HIGHEST_FLEX_PRICE || value % FLEX_PRICE_STEP !== 0n) {
    throw invalid(`${value} micro-euro`, value)
  }
  return money(value)
}

/** Rounded down to four decimals of a euro. */
export function flexPriceAtOrBelow(value: bigint): Money {
  return flexPrice(value - (value % FLEX_PRICE_STEP))
}

/** A price of UFTP, such as `12.3456` euro. Throws `flex-price-invalid`. */
export function parseFlexPrice(text: string): Money {
  const [, whole, decimals = ''] = /^(\d{1,9})(?:\.(\d{1,4}))?$/.exec(text) ?? []
  if (whole === undefined) throw invalid(`"${text}"`, text)
  return flexPrice(BigInt(whole) * 1_000_000n + BigInt(decimals.padEnd(6, '0')))
}

/**
 * An amount in euro with four decimals. What it has beyond them is left out: the amount on the ledger is the one that counts.
 */
export function formatFlexAmount(amount: Money): string {
  const steps = (amount < 0n ? -amount : amount) / FLEX_PRICE_STEP
  const sign = amount < 0n && steps > 0n ? '-' : ''
  return `${sign}${steps / 10_000n}.${(steps % 10_000n).toString().padStart(4, '0')}`
}

function invalid(what: string, value: unknown): DomainError {
  return new DomainError(
    'flex-price-invalid',
    `${what} is no price of flexibility: give 0 to 100,000 euro with up to four decimals`,
    { value },
  )
}
