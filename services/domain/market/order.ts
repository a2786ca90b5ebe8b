import { DomainError } from '../errors.ts'
import { deliveryPeriod, energyWh, price, type DeliveryPeriod, type EnergyWh, type Price } from '../units.ts'

export type Side = 'bid' | 'offer'

/** A wish to buy (bid) or sell (offer) in one delivery period, as its member signs it. */
export type Order = {
  readonly area: number
  readonly trader: number
  readonly deliveryPeriod: DeliveryPeriod
  readonly side: Side
  /** Nothing is wanted where it is zero: such an order cancels the one that it replaces. */
  readonly quantity: EnergyWh
  /** The highest price a bid pays, or the lowest an offer accepts. */
  readonly limitPrice: Price
  /** Unix seconds until which the order stands, at least until its gate closes; below 2^32. */
  readonly expiry: number
  /** Of two orders of a member for the same side and period the one with the greater salt counts; below 2^64. */
  readonly salt: bigint
}

/** An order where types are lost: amounts and salt are decimal strings. */
export type OrderJson = {
  readonly area: number
  readonly trader: number
  readonly deliveryPeriod: number
  readonly side: Side
  readonly quantityWh: string
  readonly limitPriceMicroEuroPerKwh: string
  readonly expiry: number
  readonly salt: string
}

/** What is signed beside these fields: the product traded, and its terms. Both are the same in every order today. */
export const CALL_AUCTION_PRODUCT = 0
export const CALL_AUCTION_TERMS = `0x${'00'.repeat(32)}`

export const LARGEST_ORDER_QUANTITY = 2n ** 31n - 1n
const LARGEST_SALT = 2n ** 64n - 1n
const LARGEST_UINT32 = 2 ** 32 - 1
const LARGEST_MEMBER = 2 ** 24 - 1

/** The order, believed from here on. Throws `order-invalid` or the code of the unit that is out of range. */
export function parseOrder(input: unknown): Order {
  if (typeof input !== 'object' || input === null) throw invalid('an order is an object', {})
  const fields = input as Readonly<Record<string, unknown>>
  const { side } = fields
  if (side !== 'bid' && side !== 'offer') throw invalid('the side of an order is "bid" or "offer"', { side })
  return requireValidOrder({
    area: parseNumber(fields, 'area'),
    trader: parseNumber(fields, 'trader'),
    deliveryPeriod: deliveryPeriod(parseNumber(fields, 'deliveryPeriod')),
    side,
    quantity: energyWh(parseInteger(fields, 'quantityWh')),
    limitPrice: price(parseInteger(fields, 'limitPriceMicroEuroPerKwh')),
    expiry: parseNumber(fields, 'expiry'),
    salt: parseInteger(fields, 'salt'),
  })
}

export function formatOrder(order: Order): OrderJson {
  return {
    area: order.area,
    trader: order.trader,
    deliveryPeriod: order.deliveryPeriod,
    side: order.side,
    quantityWh: order.quantity.toString(),
    limitPriceMicroEuroPerKwh: order.limitPrice.toString(),
    expiry: order.expiry,
    salt: order.salt.toString(),
  }
}

/** Throws `order-invalid` for what is not an order at all, whoever signed it. */
export function requireValidOrder(order: Order): Order {
  if (order.quantity < 0n || order.quantity > LARGEST_ORDER_QUANTITY) {
    throw invalid(`${order.quantity} Wh is more than one order may hold (${LARGEST_ORDER_QUANTITY} Wh)`, {
      quantity: order.quantity,
    })
  }
  if (!isWhole(order.area, LARGEST_UINT32)) throw invalid(`${order.area} is not an area`, { area: order.area })
  if (!isWhole(order.trader, LARGEST_MEMBER) || order.trader === 0) {
    throw invalid(`${order.trader} is not a member`, { trader: order.trader })
  }
  if (!isWhole(order.expiry, LARGEST_UINT32)) {
    throw invalid(`${order.expiry} is not an expiry: give unix seconds`, { expiry: order.expiry })
  }
  if (order.salt < 0n || order.salt > LARGEST_SALT) throw invalid('the salt is outside 0 to 2^64 - 1', {})
  price(order.limitPrice)
  return order
}

/** Whether the order only takes back the one that it replaces. */
export function isCancellation(order: Pick<Order, 'quantity'>): boolean {
  return order.quantity === 0n
}

/** The place of a member's side in a session: by member, a member's bid before its offer. */
export function rankOf({ trader, side }: Pick<Order, 'trader' | 'side'>): number {
  return trader * 2 + (side === 'bid' ? 0 : 1)
}

/**
 * The orders that count in a session, by rank: of each member and side the one with the greatest salt, of equal salts
 * the one that comes first.
 */
export function bindingOrdersOf<T extends Pick<Order, 'trader' | 'side' | 'salt'>>(orders: readonly T[]): T[] {
  const byRank = new Map<number, T>()
  for (const order of orders) {
    const known = byRank.get(rankOf(order))
    if (known === undefined || order.salt > known.salt) byRank.set(rankOf(order), order)
  }
  return [...byRank].sort(([one], [other]) => one - other).map(([, order]) => order)
}

function parseNumber(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw invalid(`${name} must be a whole number`, { [name]: value })
  return value
}

function parseInteger(fields: Readonly<Record<string, unknown>>, name: string): bigint {
  const value = fields[name]
  if (typeof value !== 'string' || !/^-?[0-9]{1,20}$/.test(value)) {
    throw invalid(`${name} must be a whole number in a string, such as "1200"`, { [name]: value })
  }
  return BigInt(value)
}

function isWhole(value: number, largest: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largest
}

function invalid(message: string, details: Readonly<Record<string, unknown>>): DomainError {
  return new DomainError('order-invalid', message, details)
}
