import { DomainError } from '../errors.ts'
import { energyWh, price, PRICE_TICK, type EnergyWh, type Price } from '../units.ts'
import type { Side } from './order.ts'

export type ClearingOrder = {
  readonly memberId: number
  readonly side: Side
  readonly quantity: EnergyWh
  readonly limitPrice: Price
}

/** The sums that prove a price to the ledger, in Wh; all zero, with a zero price, claims that nothing crosses. */
export type ClearingClaim = {
  readonly price: Price
  readonly bidsAtOrAbove: EnergyWh
  readonly bidsAbove: EnergyWh
  readonly offersAtOrBelow: EnergyWh
  readonly offersBelow: EnergyWh
}

export type Clearing = {
  /** Null where nothing crosses. */
  readonly price: Price | null
  /** Every price in it clears the market; `price` is its midpoint, rounded to the tick towards zero. */
  readonly interval: { readonly lowest: Price; readonly highest: Price } | null
  readonly volume: EnergyWh
  /** What each order buys or sells, in the order given. */
  readonly fills: readonly EnergyWh[]
  readonly claim: ClearingClaim
}

const NO_ENERGY = energyWh(0n)
const NO_CLAIM: ClearingClaim = {
  price: price(0n),
  bidsAtOrAbove: NO_ENERGY,
  bidsAbove: NO_ENERGY,
  offersAtOrBelow: NO_ENERGY,
  offersBelow: NO_ENERGY,
}

/** By member, a member's bid before its offer: the sequence in which the ledger takes orders and rounds fills. */
export function sortOrders<T extends Pick<ClearingOrder, 'memberId' | 'side'>>(orders: readonly T[]): T[] {
  return [...orders].sort((left, right) => rankOf(left) - rankOf(right))
}

/**
 * The uniform price of a call auction and what every order gets, a pure function of the set of orders.
 * The orders are sorted by `sortOrders`, with at most one bid and one offer a member; else `orders-not-ascending`.
 */
export function clearingOf(orders: readonly ClearingOrder[]): Clearing {
  requireAscending(orders)
  const interval = clearingIntervalOf(orders)
  if (interval === null) {
    return { price: null, interval, volume: NO_ENERGY, fills: orders.map(() => NO_ENERGY), claim: NO_CLAIM }
  }

  const midpoint = price(((interval.lowest + interval.highest) / (2n * PRICE_TICK)) * PRICE_TICK)
  const claim = claimAt(midpoint, orders)
  const volume = energyWh(smaller(claim.bidsAtOrAbove, claim.offersAtOrBelow))
  return { price: midpoint, interval, volume, fills: fillsOf(orders, claim, volume), claim }
}

/** The four sums at a price, whether or not it clears the market. */
export function claimAt(claimed: Price, orders: readonly ClearingOrder[]): ClearingClaim {
  let bidsAtOrAbove = 0n
  let bidsAbove = 0n
  let offersAtOrBelow = 0n
  let offersBelow = 0n
  for (const { side, quantity, limitPrice } of orders) {
    if (side === 'bid') {
      if (limitPrice >= claimed) bidsAtOrAbove += quantity
      if (limitPrice > claimed) bidsAbove += quantity
    } else {
      if (limitPrice <= claimed) offersAtOrBelow += quantity
      if (limitPrice < claimed) offersBelow += quantity
    }
  }
  return {
    price: claimed,
    bidsAtOrAbove: energyWh(bidsAtOrAbove),
    bidsAbove: energyWh(bidsAbove),
    offersAtOrBelow: energyWh(offersAtOrBelow),
    offersBelow: energyWh(offersBelow),
  }
}

/**
 * The prices that leave nothing strictly better than themselves unfilled: from the lowest limit at which the offers
 * at or below it cover the bids above it, to the highest at which the bids at or above it cover the offers below it.
 */
function clearingIntervalOf(orders: readonly ClearingOrder[]): { lowest: Price; highest: Price } | null {
  const levels = levelsOf(orders)
  let bidsAbove = levels.reduce((sum, level) => sum + level.bids, 0n)
  let offersBelow = 0n
  let lowest: Price | null = null
  let highest: Price | null = null
  let crosses = false

  for (const { limit, bids, offers } of levels) {
    const bidsAtOrAbove = bidsAbove
    bidsAbove -= bids
    const offersAtOrBelow = offersBelow + offers
    if (bidsAtOrAbove > 0n && offersAtOrBelow > 0n) crosses = true
    if (lowest === null && bidsAbove <= offersAtOrBelow) lowest = limit
    if (offersBelow <= bidsAtOrAbove) highest = limit
    offersBelow = offersAtOrBelow
  }
  return crosses && lowest !== null && highest !== null ? { lowest, highest } : null
}

/** What is bid and offered at each limit, ascending by limit. */
function levelsOf(orders: readonly ClearingOrder[]): { limit: Price; bids: bigint; offers: bigint }[] {
  const levels = new Map<Price, { limit: Price; bids: bigint; offers: bigint }>()
  for (const { side, quantity, limitPrice } of orders) {
    const level = levels.get(limitPrice) ?? { limit: limitPrice, bids: 0n, offers: 0n }
    if (side === 'bid') level.bids += quantity
    else level.offers += quantity
    levels.set(limitPrice, level)
  }
  return [...levels.values()].sort((left, right) => (left.limit < right.limit ? -1 : 1))
}

/** Strictly better orders whole; at the price each side shares its rest pro rata by cumulative rounding. */
function fillsOf(orders: readonly ClearingOrder[], claim: ClearingClaim, volume: EnergyWh): EnergyWh[] {
  const bids = { rest: volume - claim.bidsAbove, atPrice: claim.bidsAtOrAbove - claim.bidsAbove, seen: 0n }
  const offers = { rest: volume - claim.offersBelow, atPrice: claim.offersAtOrBelow - claim.offersBelow, seen: 0n }

  return orders.map(({ side, quantity, limitPrice }) => {
    if (limitPrice === claim.price) {
      const share = side === 'bid' ? bids : offers
      const before = (share.seen * share.rest) / share.atPrice
      share.seen += quantity
      return energyWh((share.seen * share.rest) / share.atPrice - before)
    }
    const isBetter = side === 'bid' ? limitPrice > claim.price : limitPrice < claim.price
    return isBetter ? quantity : NO_ENERGY
  })
}

function requireAscending(orders: readonly ClearingOrder[]): void {
  let last = -1
  orders.forEach((order, position) => {
    const rank = rankOf(order)
    if (rank <= last) {
      throw new DomainError(
        'orders-not-ascending',
        `order ${position} (member ${order.memberId}, ${order.side}) does not follow the one before it: ` +
          'sort orders by member and side, with at most one bid and one offer a member',
        { position },
      )
    }
    last = rank
  })
}

function rankOf(order: Pick<ClearingOrder, 'memberId' | 'side'>): number {
  return order.memberId * 2 + (order.side === 'bid' ? 0 : 1)
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}
