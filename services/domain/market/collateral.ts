import { DomainError } from '../errors.ts'
import { floorDivide, money, type Money } from '../units.ts'
import type { Order } from './order.ts'

/** The most that the order can cost its member, rounded up: a bid at its limit, an offer where its limit is negative. */
export function collateralOf(order: Pick<Order, 'side' | 'quantity' | 'limitPrice'>): Money {
  const price = order.side === 'bid' ? order.limitPrice : -order.limitPrice
  return money(price > 0n ? -floorDivide(-(order.quantity * price), 1_000n) : 0n)
}

/** Throws `order-uncovered` where the member's deposit does not cover the most that the order can cost. */
export function requireCovered(order: Order, balance: Money): void {
  const needed = collateralOf(order)
  if (needed > balance) {
    throw new DomainError(
      'order-uncovered',
      `the order can cost ${needed} micro-euro, and the member's deposit is ${balance} micro-euro`,
      { needed, balance },
    )
  }
}
