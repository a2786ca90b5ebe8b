import type { BlockTransaction } from '../chain/blocks.ts'
import { decodeCall } from '../chain/events.ts'
import type { Ledger } from '../chain/ledger.ts'
import { PACKED_ORDER_BYTES, unpackOrders, type SignedOrder } from '../chain/orders.ts'
import { DomainError } from '../domain/errors.ts'

export type DecodedFill = { readonly memberId: number; readonly side: 'bid' | 'offer'; readonly filledWh: number }

const FILL_BYTES = 8

/** What each order got, in the sequence in which the orders were submitted. */
export function decodeFills(fills: string): DecodedFill[] {
  const bytes = Buffer.from(fills.slice(2), 'hex')
  return Array.from({ length: bytes.length / FILL_BYTES }, (_, index) => {
    const start = index * FILL_BYTES
    return {
      memberId: bytes.readUIntBE(start, 3),
      side: bytes[start + 3] === 0 ? 'bid' : 'offer',
      filledWh: bytes.readUInt32BE(start + 4),
    }
  })
}

/**
 * The packed orders that a session was cleared with, out of the transaction that did it. Anyone may clear, also through
 * a contract of their own: then the orders are wherever that contract takes them. Empty where they are nowhere.
 */
export function findSubmittedOrders(
  ledger: Ledger,
  transaction: Pick<BlockTransaction, 'to' | 'input'>,
  session: { readonly area: number; readonly period: number },
  fills: readonly DecodedFill[],
): SignedOrder[] {
  const first = fills[0]
  if (first === undefined) return []
  const call = decodeCall(ledger, transaction)
  if (call?.contract === 'callAuction' && call.name === 'clear') {
    return unpackOrders(session.area, session.period, Buffer.from((call.arguments.orders as string).slice(2), 'hex'))
  }
  const input = Buffer.from(transaction.input.slice(2), 'hex')
  const beginning = Buffer.alloc(4)
  beginning.writeUIntBE(first.memberId, 0, 3)
  beginning[3] = first.side === 'bid' ? 0 : 1
  for (let at = input.indexOf(beginning); at !== -1; at = input.indexOf(beginning, at + 1)) {
    const orders = ordersAt(input.subarray(at, at + fills.length * PACKED_ORDER_BYTES), session, fills)
    if (orders !== null) return orders
  }
  return []
}

/** Null unless the bytes are the orders that the fills belong to. */
function ordersAt(
  bytes: Buffer,
  { area, period }: { readonly area: number; readonly period: number },
  fills: readonly DecodedFill[],
): SignedOrder[] | null {
  try {
    const orders = unpackOrders(area, period, bytes)
    const isMatch = fills.every((fill, index) => {
      const order = orders[index]
      return order?.memberId === fill.memberId && order.side === fill.side && order.quantity >= BigInt(fill.filledWh)
    })
    return isMatch ? orders : null
  } catch (error) {
    if (error instanceof DomainError) return null
    throw error
  }
}
