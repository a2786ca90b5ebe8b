import { DomainError } from '../errors.ts'
import type { EnergyWh, Price } from '../units.ts'
import {
  bookedQuantity,
  clearBook,
  LARGEST_QUANTITY,
  tickOf,
  type BookClearing,
  type OrderBook,
} from './clearing-book.ts'
import { rankOf, type Side } from './order.ts'

export type { ClearingClaim } from './clearing-book.ts'

export type ClearingOrder = {
  readonly trader: number
  readonly side: Side
  readonly quantity: EnergyWh
  readonly limitPrice: Price
}

export type Clearing = Omit<BookClearing, 'fills'> & {
  /** What each order buys or sells, in the order given. */
  readonly fills: readonly EnergyWh[]
}

/** By member, a member's bid before its offer: the sequence in which the ledger takes orders and rounds fills. */
export function sortOrders<T extends Pick<ClearingOrder, 'trader' | 'side'>>(orders: readonly T[]): T[] {
  return [...orders].sort((left, right) => rankOf(left) - rankOf(right))
}

/**
 * The uniform price of a call auction and what every order gets, a pure function of the set of orders (see `clearBook`).
 * The orders are sorted by `sortOrders`, with at most one bid and one offer a member; else `orders-not-ascending`.
 * Throws `order-invalid` for 2^31 Wh or more.
 */
export function clearingOf(orders: readonly ClearingOrder[]): Clearing {
  requireAscending(orders)
  const clearing = clearBook(bookOf(orders))
  return { ...clearing, fills: Array.from(clearing.fills, (fill) => BigInt(fill) as EnergyWh) }
}

/** The orders in columns, in the order given. Throws `order-invalid` for 2^31 Wh or more. */
export function bookOf(orders: readonly ClearingOrder[]): OrderBook {
  const quantities = new Uint32Array(orders.length)
  const ticks = new Uint16Array(orders.length)
  orders.forEach(({ side, quantity, limitPrice }, position) => {
    if (quantity > LARGEST_QUANTITY) {
      throw new DomainError(
        'order-invalid',
        `${quantity} Wh is more than one order may hold (${LARGEST_QUANTITY} Wh)`,
        {
          position,
          quantity,
        },
      )
    }
    quantities[position] = bookedQuantity(side, Number(quantity))
    ticks[position] = tickOf(limitPrice)
  })
  return { quantities, ticks }
}

function requireAscending(orders: readonly ClearingOrder[]): void {
  let last = -1
  orders.forEach((order, position) => {
    const rank = rankOf(order)
    if (rank <= last) {
      throw new DomainError(
        'orders-not-ascending',
        `order ${position} (trader ${order.trader}, ${order.side}) does not follow the one before it: ` +
          'sort orders by member and side, with at most one bid and one offer a member',
        { position },
      )
    }
    last = rank
  })
}
