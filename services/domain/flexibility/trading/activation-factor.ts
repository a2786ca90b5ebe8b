import { DomainError } from '../../errors.ts'
import { signedW, type Money, type SignedW } from '../../units.ts'
import { flexPriceAtOrBelow } from './flex-price.ts'

declare const factor: unique symbol
/** Which part of an option is ordered, in hundredths: 1 to 100. UFTP writes it as 0.01 to 1.00. */
export type ActivationFactor = number & { readonly [factor]: 'hundredths' }

export const FULL_ACTIVATION = 100 as ActivationFactor

/** Throws `activation-factor-invalid` unless a whole number of hundredths from 1 to 100. */
export function activationFactor(hundredths: number): ActivationFactor {
  if (!Number.isInteger(hundredths) || hundredths < 1 || hundredths > 100) {
    throw new DomainError(
      'activation-factor-invalid',
      `${hundredths} is no activation factor: give 1 to 100 hundredths`,
      {
        hundredths,
      },
    )
  }
  return hundredths as ActivationFactor
}

/** UFTP's decimal, such as `0.25`. Throws `activation-factor-invalid`. */
export function parseActivationFactor(text: string): ActivationFactor {
  const [, whole, decimals = ''] = /^(\d)(?:\.(\d{1,2})0*)?$/.exec(text) ?? []
  return activationFactor(whole === undefined ? NaN : Number(whole) * 100 + Number(decimals.padEnd(2, '0')))
}

export function formatActivationFactor(hundredths: ActivationFactor): string {
  return `${Math.floor(hundredths / 100)}.${(hundredths % 100).toString().padStart(2, '0')}`
}

/**
 * The power ordered at the factor: its magnitude is rounded up to the W, so it is never more than offered nor less than the
 * smallest part that the aggregator accepts.
 */
export function powerAt(factorOfOrder: ActivationFactor, offered: SignedW): SignedW {
  const magnitude = offered < 0n ? -offered : offered
  const ordered = (magnitude * BigInt(factorOfOrder) + 99n) / 100n
  return signedW(offered < 0n ? -ordered : ordered)
}

/**
 * The price of what is ordered at the factor, rounded down to four decimals of a euro. With the power rounded up, a part
 * never costs more for a W than the whole.
 */
export function priceAt(factorOfOrder: ActivationFactor, price: Money): Money {
  return flexPriceAtOrBelow((price * BigInt(factorOfOrder)) / 100n)
}
