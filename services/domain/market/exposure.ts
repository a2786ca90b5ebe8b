import type { Tariff } from '../settlement/tariff.ts'
import { floorDivide, money, type Money } from '../units.ts'
import type { Order } from './order.ts'

/** Of the order's period: the supplier's rates, which price what is not delivered as traded, and the fee on what is bought. */
export type ExposureRates = Pick<Tariff, 'retail' | 'feedIn' | 'platformFee'>

/**
 * The most that the order can cost its member, in micro-euro, rounded up: a bid at its limit with the platform's fee, and
 * what taking it back to the supplier would lose; an offer at a negative limit, and what buying instead of delivering
 * would cost.
 */
export function exposureOf(
  { side, quantity, limitPrice }: Pick<Order, 'side' | 'quantity' | 'limitPrice'>,
  { retail, feedIn, platformFee }: ExposureRates,
): Money {
  const perKwh =
    side === 'bid'
      ? largest(0n, limitPrice + platformFee, limitPrice - feedIn + platformFee)
      : largest(0n, -limitPrice, retail - limitPrice)
  return money(-floorDivide(-(quantity * perKwh), 1_000n))
}

function largest(...values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most))
}
