import { bookedQuantity, clearBook } from '../../../services/domain/market/clearing-book.ts'
import { concat, hexOf } from '../ledger/hex.ts'
import { keccak256 } from '../ledger/keccak.ts'
import { signatureCheckOf } from './order-signer.ts'
import {
  createOrderPass,
  mergeOrders,
  openedOrderOf,
  TERMS_LENGTH,
  type SessionOrder,
  type VoidOrder,
} from './session-orders.ts'

/** All that a session is cleared from, as it stands on the ledger. */
export type SessionFacts = {
  readonly area: number
  readonly period: number
  readonly gateClosure: number
  readonly retail: number
  readonly feedIn: number
  readonly platformFee: number
  readonly domainSeparator: Uint8Array
  readonly entries: Uint8Array
  readonly revokedEntries: readonly number[]
  /** Packed orders, in the chunks in which they were cleared. */
  readonly chunks: readonly Uint8Array[]
  /** Terms, 20 bytes each, of the opened orders that stand. */
  readonly opened: readonly Uint8Array[]
}

/** What the rules make of it. Energy in Wh. */
export type SessionResult = {
  readonly ordersHash: string
  readonly orderCount: number
  readonly voidOrders: readonly VoidOrder[]
  /** Orders that count. */
  readonly validCount: number
  /** Micro-euro per kWh; null where nothing crosses. */
  readonly price: number | null
  readonly volume: number
  readonly claim: readonly bigint[]
  /** Of each chunk: member 3, Wh 4 with the top bit set for an offer. */
  readonly fills: readonly Uint8Array[]
  readonly fillsHash: string
}

const FILL_LENGTH = 7

/** Clears a session anew: every signature and rule, price, sums and fills. */
export function clearSession(facts: SessionFacts): SessionResult {
  const { area, period, domainSeparator, chunks } = facts
  const signatures = signatureCheckOf(domainSeparator, area, period)
  const rules = { ...facts, revokedEntries: new Set(facts.revokedEntries), signatures }
  const pass = createOrderPass(rules)
  const opened = facts.opened
    .map((terms) => openedOrderOf(terms.subarray(0, TERMS_LENGTH), rules))
    .sort((one, other) => one.rank - other.rank)

  let next = 0
  const merged = chunks.map((chunk, place) => {
    const batch = pass.take(chunk)
    const isLast = place === chunks.length - 1
    const start = next
    while (next < opened.length && (isLast || opened[next]!.rank <= pass.lastRank())) next += 1
    return { batch, opened: opened.slice(start, next) }
  })
  // A member's bid may lie in an earlier chunk than its offer: what both put at risk is judged over all of them.
  const orders = mergeOrders(
    merged.flatMap(({ batch }) => batch),
    opened,
  )
  const clearing = clearBook(bookOf(orders))
  const fills = fillsByChunk(orders, clearing.fills, merged)
  const { price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow } = clearing.claim
  return {
    ordersHash: chainOf(chunks.filter(({ length }) => length > 0)),
    orderCount: chunks.reduce((count, chunk) => count + chunk.length / 84, 0),
    voidOrders: pass.voidOrders,
    validCount: orders.length,
    price: clearing.price === null ? null : Number(clearing.price),
    volume: Number(clearing.volume),
    claim: [price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow],
    fills,
    fillsHash: chainOf(fills),
  }
}

/** h(0) = 0, h(k) = keccak256(h(k - 1), keccak256(chunk k)), as 0x-hex. */
export function chainOf(chunks: readonly Uint8Array[]): string {
  return hexOf(chunks.reduce((head, chunk) => keccak256(concat([head, keccak256(chunk)])), new Uint8Array(32)))
}

function bookOf(orders: readonly SessionOrder[]) {
  const quantities = new Uint32Array(orders.length)
  const ticks = new Uint16Array(orders.length)
  orders.forEach(({ side, quantity, tick }, place) => {
    quantities[place] = bookedQuantity(side === 0 ? 'bid' : 'offer', quantity)
    ticks[place] = tick
  })
  return { quantities, ticks }
}

/** Each order belongs to the chunk in which its rank was last met. */
function fillsByChunk(
  orders: readonly SessionOrder[],
  filled: Uint32Array,
  chunks: readonly { readonly batch: readonly SessionOrder[]; readonly opened: readonly SessionOrder[] }[],
): Uint8Array[] {
  const fillOf = new Map(orders.map(({ rank }, place) => [rank, filled[place]!]))
  return chunks.map(({ batch, opened }) => {
    const ranks = [...new Set([...batch, ...opened].map(({ rank }) => rank))].sort((one, other) => one - other)
    const parts = ranks.filter((rank) => (fillOf.get(rank) ?? 0) > 0)
    const bytes = new Uint8Array(parts.length * FILL_LENGTH)
    const view = new DataView(bytes.buffer)
    parts.forEach((rank, place) => {
      const start = place * FILL_LENGTH
      view.setUint8(start, rank >>> 17)
      view.setUint16(start + 1, (rank >>> 1) & 0xffff)
      view.setUint32(start + 3, fillOf.get(rank)! + (rank % 2 === 1 ? 0x8000_0000 : 0))
    })
    return bytes
  })
}
