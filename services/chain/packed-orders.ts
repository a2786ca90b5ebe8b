import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { priceOf, tickOf } from '../domain/market/clearing-book.ts'
import type { Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { energyWh, HIGHEST_PRICE, type DeliveryPeriod } from '../domain/units.ts'
import type { SignedOrder } from './orders.ts'

/** A signed order with the index of the day's key that signed it. */
type PackableOrder = { readonly order: SignedOrder; readonly entry: Pick<TradingKeyEntry, 'index'> }

/** The session that packed orders are of; their bytes do not repeat it. */
export type PackedSession = {
  readonly area: number
  readonly period: DeliveryPeriod
  /** Unix seconds, from which expiries are counted. */
  readonly gateClosure: number
}

/**
 * What the bytes of a packed order say. The order is null where they name no key of the day, no price or no time:
 * then they are void, whatever the signature.
 */
export type UnpackedOrder = {
  readonly entryIndex: number
  readonly entry: TradingKeyEntry | null
  readonly order: SignedOrder | null
}

/** The bytes of an order without its signature: entry index 2, quantity 4, tick 2, expiry 4, salt 8. */
export const ORDER_TERMS_BYTES = 20
export const PACKED_ORDER_BYTES = 84
/** A session is committed and cleared in chunks of so many orders; the last one has what is left, and one at least. */
export const FEWEST_ORDERS_PER_CHUNK = 500
export const MOST_ORDERS_PER_CHUNK = 1_000
/** The most that one session may have. */
export const ORDER_LIMIT = 4_000

const OFFER_BIT = 2 ** 31
const HIGHEST_TICK = tickOf(HIGHEST_PRICE)
const LARGEST_EXPIRY = 2 ** 32 - 1
const NO_SIGNATURE = '0x'

/** The orders as the ledger takes them, 84 bytes each, in the sequence given (see `bindingOrdersOf`). */
export function packOrders(orders: readonly PackableOrder[], gateClosure: number): Uint8Array {
  const packed = new Uint8Array(orders.length * PACKED_ORDER_BYTES)
  orders.forEach(({ order, entry }, position) => {
    const start = position * PACKED_ORDER_BYTES
    packed.set(orderTerms(order, entry.index, gateClosure), start)
    packed.set(hexToBytes(order.signature.slice(2)), start + ORDER_TERMS_BYTES)
  })
  return packed
}

/** An order without its signature, 20 bytes. Throws `order-expired` where it does not reach its gate closure. */
export function orderTerms(order: Order, entryIndex: number, gateClosure: number): Uint8Array {
  if (order.expiry < gateClosure) {
    throw new DomainError('order-expired', `an order that expires at ${order.expiry} does not reach ${gateClosure}`)
  }
  const terms = new Uint8Array(ORDER_TERMS_BYTES)
  const view = new DataView(terms.buffer)
  view.setUint16(0, entryIndex)
  view.setUint32(2, Number(order.quantity) + (order.side === 'bid' ? 0 : OFFER_BIT))
  view.setUint16(6, tickOf(order.limitPrice))
  view.setUint32(8, order.expiry - gateClosure)
  view.setBigUint64(12, order.salt)
  return terms
}

/** Throws `orders-malformed` where the bytes are not a whole number of packed orders. */
export function unpackOrders(
  session: PackedSession,
  entries: readonly TradingKeyEntry[],
  bytes: Uint8Array,
): UnpackedOrder[] {
  return partsOf(bytes, PACKED_ORDER_BYTES).map((part) => {
    const { entryIndex, entry, order } = unpackTerms(session, entries, part.subarray(0, ORDER_TERMS_BYTES))
    const signature = `0x${bytesToHex(part.subarray(ORDER_TERMS_BYTES))}`
    return { entryIndex, entry, order: order === null ? null : { ...order, signature } }
  })
}

/** The terms of a single order, 20 bytes; its signature is empty. */
export function unpackTerms(
  { area, period, gateClosure }: PackedSession,
  entries: readonly TradingKeyEntry[],
  terms: Uint8Array,
): UnpackedOrder {
  const view = new DataView(terms.buffer, terms.byteOffset, ORDER_TERMS_BYTES)
  const entryIndex = view.getUint16(0)
  const entry = entries[entryIndex] ?? null
  const amount = view.getUint32(2)
  const tick = view.getUint16(6)
  const expiry = gateClosure + view.getUint32(8)
  if (entry === null || tick > HIGHEST_TICK || expiry > LARGEST_EXPIRY) return { entryIndex, entry, order: null }
  const order: SignedOrder = {
    area,
    trader: entry.trader,
    deliveryPeriod: period,
    side: amount < OFFER_BIT ? 'bid' : 'offer',
    quantity: energyWh(BigInt(amount % OFFER_BIT)),
    limitPrice: priceOf(tick),
    expiry,
    salt: view.getBigUint64(12),
    signature: NO_SIGNATURE,
  }
  return { entryIndex, entry, order }
}

/** Packed orders in chunks of that size, of which the last may be shorter; without orders it is one, which is empty. */
export function chunksOfOrders(packed: Uint8Array, ordersPerChunk: number = MOST_ORDERS_PER_CHUNK): Uint8Array[] {
  const length = ordersPerChunk * PACKED_ORDER_BYTES
  const count = Math.max(1, Math.ceil(packed.length / length))
  return Array.from({ length: count }, (_, index) => packed.subarray(index * length, (index + 1) * length))
}

/** What gate closure commits to, 0x-hex: a chain over the chunks, zero for no orders. */
export function hashOrders(packed: Uint8Array, ordersPerChunk: number = MOST_ORDERS_PER_CHUNK): string {
  return packed.length === 0 ? hashChain([]) : hashChain(chunksOfOrders(packed, ordersPerChunk))
}

/** The chunks in which packed orders were committed as that hash, in one of the sizes; null where it is not theirs. */
export function chunksCommittedAs(
  ordersHash: string,
  packed: Uint8Array,
  sizes: readonly number[],
): Uint8Array[] | null {
  const size = sizes.find((ordersPerChunk) => hashOrders(packed, ordersPerChunk) === ordersHash)
  return size === undefined ? null : chunksOfOrders(packed, size)
}

/** `h(k) = keccak256(h(k-1) ‖ keccak256(chunk k))` from zero, 0x-hex: the same for the chunks of orders and of fills. */
export function hashChain(chunks: readonly Uint8Array[]): string {
  const hash = chunks.reduce((last, chunk) => keccak_256(concatBytes(last, keccak_256(chunk))), new Uint8Array(32))
  return `0x${bytesToHex(hash)}`
}

function partsOf(bytes: Uint8Array, length: number): Uint8Array[] {
  if (bytes.length % length !== 0) {
    throw new DomainError('orders-malformed', `${bytes.length} bytes are not a whole number of packed orders`)
  }
  return Array.from({ length: bytes.length / length }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  )
}
