import { DomainError } from '../errors.ts'
import { deliveryPeriod, energyWh, price, type DeliveryPeriod, type EnergyWh, type Price } from '../units.ts'

export type Side = 'bid' | 'offer'

/** A wish to buy (bid) or sell (offer) in one delivery period, as its member signs it. */
export type Order = {
  readonly area: number
  readonly memberId: number
  readonly deliveryPeriod: DeliveryPeriod
  readonly side: Side
  readonly quantity: EnergyWh
  /** The highest price a bid pays, or the lowest an offer accepts. */
  readonly limitPrice: Price
  /** Makes two otherwise equal orders differ; below 2^64. */
  readonly salt: bigint
}

/** An order where types are lost: amounts and salt are decimal strings. */
export type OrderJson = {
  readonly area: number
  readonly memberId: number
  readonly deliveryPeriod: number
  readonly side: Side
  readonly quantityWh: string
  readonly limitPriceMicroEuroPerKwh: string
  readonly salt: string
}

const LARGEST_QUANTITY = 2n ** 32n - 1n
const LARGEST_SALT = 2n ** 64n - 1n
const LARGEST_AREA = 2 ** 32 - 1
const LARGEST_MEMBER = 2 ** 24 - 1

/** The order, believed from here on. Throws `order-invalid` or the code of the unit that is out of range. */
export function parseOrder(input: unknown): Order {
  if (typeof input !== 'object' || input === null) throw invalid('an order is an object', {})
  const fields = input as Readonly<Record<string, unknown>>
  const { side } = fields
  if (side !== 'bid' && side !== 'offer') throw invalid('the side of an order is "bid" or "offer"', { side })
  return requireValidOrder({
    area: parseNumber(fields, 'area'),
    memberId: parseNumber(fields, 'memberId'),
    deliveryPeriod: deliveryPeriod(parseNumber(fields, 'deliveryPeriod')),
    side,
    quantity: energyWh(parseInteger(fields, 'quantityWh')),
    limitPrice: price(parseInteger(fields, 'limitPriceMicroEuroPerKwh')),
    salt: parseInteger(fields, 'salt'),
  })
}

export function formatOrder(order: Order): OrderJson {
  return {
    area: order.area,
    memberId: order.memberId,
    deliveryPeriod: order.deliveryPeriod,
    side: order.side,
    quantityWh: order.quantity.toString(),
    limitPriceMicroEuroPerKwh: order.limitPrice.toString(),
    salt: order.salt.toString(),
  }
}

/** Throws `order-zero-quantity` or `order-invalid` for what the ledger would not accept from anybody. */
export function requireValidOrder(order: Order): Order {
  if (order.quantity <= 0n) throw new DomainError('order-zero-quantity', 'an order is for at least 1 Wh')
  if (order.quantity > LARGEST_QUANTITY) {
    throw invalid(`${order.quantity} Wh is more than one order may hold (${LARGEST_QUANTITY} Wh)`, {
      quantity: order.quantity,
    })
  }
  if (!Number.isInteger(order.area) || order.area < 0 || order.area > LARGEST_AREA) {
    throw invalid(`${order.area} is not an area`, { area: order.area })
  }
  if (!Number.isInteger(order.memberId) || order.memberId < 1 || order.memberId > LARGEST_MEMBER) {
    throw invalid(`${order.memberId} is not a member`, { memberId: order.memberId })
  }
  if (order.salt < 0n || order.salt > LARGEST_SALT) throw invalid('the salt is outside 0 to 2^64 - 1', {})
  price(order.limitPrice)
  return order
}

/** Throws `order-over-limit` where the order asks for or offers more than its member may, in Wh. */
export function requireWithinLimit(order: Order, quantityLimitWh: bigint): void {
  if (order.quantity > quantityLimitWh) {
    throw new DomainError(
      'order-over-limit',
      `the order is for ${order.quantity} Wh, and the member may trade at most ${quantityLimitWh} Wh in one order`,
      { quantity: order.quantity, limit: quantityLimitWh },
    )
  }
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

function invalid(message: string, details: Readonly<Record<string, unknown>>): DomainError {
  return new DomainError('order-invalid', message, details)
}
