import { numberAt } from '../ledger/hex.ts'
import { ENTRY_LENGTH, entryCountOf, keyAt } from './key-entry.ts'
import type { SignatureCheck } from './order-signer.ts'

/** Bytes of a packed order, and of its terms, with which it begins. */
export const PACKED_ORDER_LENGTH = 84
export const TERMS_LENGTH = 20
const SALT_AT = 12
const OFFER_BIT = 0x8000_0000
const PERIODS_PER_DAY = 96
const LATEST_TIME = 2 ** 32 - 1

/** What decides which orders of a session count. Times are unix seconds, rates micro-euro per kWh. */
export type SessionRules = {
  readonly period: number
  readonly gateClosure: number
  readonly retail: number
  readonly feedIn: number
  readonly platformFee: number
  /** Entries of all pages that count in the session, one behind the other. */
  readonly entries: Uint8Array
  /** Of the entries, by their indices, those whose key was revoked at or before gate closure. */
  readonly revokedEntries: ReadonlySet<number>
  readonly signatures: SignatureCheck
}

export type SessionOrder = {
  readonly rank: number
  readonly trader: number
  readonly side: number
  readonly quantity: number
  readonly tick: number
  readonly salt: bigint
  readonly exposure: number
  readonly allowance: number
}

/** Why an order is void, and whose it would be, as far as its entry tells. */
export type VoidOrder = { readonly position: number; readonly trader: number | null; readonly reason: string }

type Terms = ReturnType<typeof readTerms>

/** What an order puts at risk, in micro-euro, rounded up. */
export function exposureOf(
  { side, quantity, tick }: { readonly side: number; readonly quantity: number; readonly tick: number },
  { retail, feedIn, platformFee }: Pick<SessionRules, 'retail' | 'feedIn' | 'platformFee'>,
): number {
  const limit = tick * 100 - 500_000
  const risk = side === 0 ? Math.max(0, limit - Math.min(0, feedIn) + platformFee) : Math.max(0, -limit, retail - limit)
  // Exact below 2^53; what is beyond that is far above any allowance, which is below 2^40 micro-euro.
  const exact = quantity * risk
  const rest = exact % 1_000
  return rest === 0 ? exact / 1_000 : (exact - rest) / 1_000 + 1
}

/** Takes the operator's orders in their sequence, chunk after chunk, and says of each why it does not count. */
export function createOrderPass(rules: SessionRules) {
  let lastRank = -1
  let bid: SessionOrder | null = null
  let taken = 0
  const voidOrders: VoidOrder[] = []

  const take = (packed: Uint8Array): SessionOrder[] => {
    const orders: SessionOrder[] = []
    for (let start = 0; start + PACKED_ORDER_LENGTH <= packed.length; start += PACKED_ORDER_LENGTH) {
      const result = judge(packed.subarray(start, start + PACKED_ORDER_LENGTH))
      if (typeof result === 'string' || 'reason' in result) {
        const { reason, trader } = typeof result === 'string' ? { reason: result, trader: null } : result
        voidOrders.push({ position: taken, trader, reason })
      } else {
        lastRank = result.rank
        if (result.side === 0) bid = result
        orders.push(result)
      }
      taken += 1
    }
    return orders
  }

  const judge = (packed: Uint8Array): SessionOrder | { reason: string; trader: number } | string => {
    const terms = readTerms(packed)
    if (terms.entryIndex >= entryCountOf(rules.entries)) return `entry ${terms.entryIndex} does not exist`
    const { trader, allowance } = entryOf(rules.entries, terms.entryIndex)
    const reason = reasonAgainst(terms, trader, packed)
    if (reason !== null) return { reason, trader }
    const exposure = exposureOf(terms, rules)
    const other = terms.side === 1 && bid?.trader === trader ? bid.exposure : 0
    if (exposure + other > allowance) {
      return { reason: `it puts ${exposure + other} micro-euro at risk, of ${allowance} allowed`, trader }
    }
    return orderOf(terms, trader, exposure, allowance)
  }

  const reasonAgainst = (terms: Terms, trader: number, packed: Uint8Array): string | null => {
    const { entries, gateClosure, revokedEntries, signatures } = rules
    if (trader * 2 + terms.side <= lastRank) return 'it does not follow the order before it'
    const outside = reasonOutside(terms, rules)
    if (outside !== null) return outside
    if (gateClosure + terms.life > LATEST_TIME) return 'its expiry is beyond all time'
    if (revokedEntries.has(terms.entryIndex)) return 'its key was revoked'
    const signed = { ...terms, trader, expiry: gateClosure + terms.life }
    const key = keyAt(entries, terms.entryIndex)
    return signatures.isSignedBy(signed, packed.subarray(TERMS_LENGTH), key) ? null : "its signature is not its key's"
  }

  return { take, voidOrders: voidOrders as readonly VoidOrder[], lastRank: () => lastRank }
}

/** An order that was opened on the ledger, which checked it when it was. */
export function openedOrderOf(terms: Uint8Array, rules: Omit<SessionRules, 'signatures'>): SessionOrder {
  const read = readTerms(terms)
  const { trader, allowance } = entryOf(rules.entries, read.entryIndex)
  return orderOf(read, trader, exposureOf(read, rules), allowance)
}

/** Why the terms are outside their entry's sides, periods, quantity or prices; null where they are within. */
export function reasonOutside(
  { entryIndex, side, quantity, tick }: Pick<Terms, 'entryIndex' | 'side' | 'quantity' | 'tick'>,
  { entries, period }: Pick<SessionRules, 'entries' | 'period'>,
): string | null {
  const start = entryIndex * ENTRY_LENGTH
  if (((entries[start + 23]! >> side) & 1) === 0) return 'its key may not trade that side'
  if (period % PERIODS_PER_DAY >= entries[start + 24]!) return 'its key had expired'
  if (quantity > numberAt(entries, start + 25, 4)) return 'it is for more than its key may trade'
  if (tick < numberAt(entries, start + 29, 2) || tick > numberAt(entries, start + 31, 2)) {
    return 'its limit is outside the prices of its key'
  }
  return null
}

/**
 * All orders of a session by rank: of two of one rank the greater salt counts, at a tie the opened one. Then no offer
 * counts that puts more at risk, together with its member's bid, than is allowed.
 */
export function mergeOrders(batch: readonly SessionOrder[], opened: readonly SessionOrder[]): SessionOrder[] {
  const byRank = new Map(batch.map((order) => [order.rank, order]))
  for (const order of opened) {
    const other = byRank.get(order.rank)
    if (other === undefined || order.salt >= other.salt) byRank.set(order.rank, order)
  }
  return [...byRank.values()]
    .sort((one, other) => one.rank - other.rank)
    .filter((order) => {
      const bid = order.side === 1 ? byRank.get(order.rank - 1) : undefined
      return order.exposure + (bid?.exposure ?? 0) <= order.allowance
    })
}

/** The terms of a packed order. */
export function readTerms(bytes: Uint8Array) {
  const booked = numberAt(bytes, 2, 4)
  return {
    entryIndex: numberAt(bytes, 0, 2),
    side: booked >= OFFER_BIT ? 1 : 0,
    quantity: booked % OFFER_BIT,
    tick: numberAt(bytes, 6, 2),
    /** Seconds for which the order stands after gate closure. */
    life: numberAt(bytes, 8, 4),
    salt: bytes.subarray(SALT_AT, TERMS_LENGTH),
  }
}

function orderOf(terms: Terms, trader: number, exposure: number, allowance: number): SessionOrder {
  const { side, quantity, tick, salt } = terms
  return {
    rank: trader * 2 + side,
    trader,
    side,
    quantity,
    tick,
    salt: new DataView(salt.buffer, salt.byteOffset, salt.length).getBigUint64(0),
    exposure,
    allowance,
  }
}

function entryOf(entries: Uint8Array, index: number): { trader: number; allowance: number } {
  const start = index * ENTRY_LENGTH
  return { trader: numberAt(entries, start, 3), allowance: numberAt(entries, start + 33, 5) }
}
