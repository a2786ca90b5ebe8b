import type { Tariff } from '../settlement/tariff.ts'
import { floorDivide, money, type Money } from '../units.ts'
import type { Order } from './order.ts'

/** The supplier's rates of the order's period, which price what is not delivered as traded. */
export type ExposureRates = Pick<Tariff, 'retail' | 'feedIn'>

/**
 * The most that the order can cost its member, in micro-euro, rounded up: a bid at its limit, and what taking it back to
 * the supplier would lose; an offer at a negative limit, and what buying instead of delivering would cost.
 */
export function exposureOf(
  { side, quantity, limitPrice }: Pick<Order, 'side' | 'quantity' | 'limitPrice'>,
  { retail, feedIn }: ExposureRates,
): Money {
  const perKwh =
    side === 'bid' ? largest(0n, limitPrice, limitPrice - feedIn) : largest(0n, -limitPrice, retail - limitPrice)
  return money(-floorDivide(-(quantity * perKwh), 1_000n))
}

function largest(...values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most))
}
