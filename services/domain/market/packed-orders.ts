import { DomainError } from '../errors.ts'
import { clearBook, type BookClearing, type OrderBook } from './clearing-book.ts'

/**
 * Bytes of a packed order, big-endian: entry index 2, quantity 4 (top bit set for an offer), number of the limit's
 * tick 2, seconds from gate closure to expiry 4, salt 8, signature 64.
 */
export const PACKED_ORDER_LENGTH = 84
const QUANTITY_AT = 2
const TICK_AT = 6

/** What a clearing needs of packed orders, as columns. Throws `orders-malformed` where a part of an order is missing. */
export function bookOfPacked(packed: Uint8Array): OrderBook {
  if (packed.length % PACKED_ORDER_LENGTH !== 0) {
    throw new DomainError('orders-malformed', `${packed.length} bytes are not a whole number of packed orders`)
  }
  const count = packed.length / PACKED_ORDER_LENGTH
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const quantities = new Uint32Array(count)
  const ticks = new Uint16Array(count)
  for (let position = 0, start = 0; position < count; position += 1, start += PACKED_ORDER_LENGTH) {
    quantities[position] = view.getUint32(start + QUANTITY_AT)
    ticks[position] = view.getUint16(start + TICK_AT)
  }
  return { quantities, ticks }
}

/** Clears packed orders as they lie there: every one is taken to be valid and in its place (see `clearBook`). */
export function clearPacked(packed: Uint8Array): BookClearing {
  return clearBook(bookOfPacked(packed))
}
