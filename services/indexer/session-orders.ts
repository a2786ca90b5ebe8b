import type { LedgerFill } from '../chain/fills.ts'
import { orderSignerOf, type SignedOrder } from '../chain/orders.ts'
import { unpackOrders, unpackTerms, type PackedSession } from '../chain/packed-orders.ts'
import type { SigningDomain } from '../chain/typed-data.ts'
import type { ExposureRates } from '../domain/market/exposure.ts'
import { bindingOrdersOf, rankOf } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { countingOrdersOf, validOrdersOf } from '../domain/market/validity.ts'
import { energyWh, type EnergyWh } from '../domain/units.ts'

/** All that decides which orders count in a session; see `CallAuction`. */
export type SessionFacts = {
  readonly session: PackedSession
  readonly domain: SigningDomain
  readonly rates: ExposureRates
  /** Keys published before the gate closed. */
  readonly entries: readonly TradingKeyEntry[]
  /** By the index of a key's entry: unix seconds from which it signs nothing any more. */
  readonly revocations: ReadonlyMap<number, number>
  /** Packed orders of the operator's batch. */
  readonly batch: Uint8Array
  /** Terms of every order that was opened on the ledger. */
  readonly opened: readonly Uint8Array[]
  readonly fills: readonly LedgerFill[]
}

export type CountingOrder = {
  readonly order: SignedOrder
  readonly isFromLedger: boolean
  readonly filled: EnergyWh
}

type Keyed = {
  readonly order: SignedOrder
  readonly entry: TradingKeyEntry | null
  readonly signer: string | null
  readonly revokedAt: number | null
  readonly isFromLedger: boolean
}

/**
 * The orders that count in the session with what each got, by rank, and how many of the batch broke a rule. Null where
 * an order got something that counts not here: then the keys or the orders are not the ones that the ledger judged by.
 */
export function countingOrders(facts: SessionFacts): { orders: CountingOrder[]; voidCount: number } | null {
  const { session, entries, batch, rates } = facts
  const readable = unpackOrders(session, entries, batch)
  const keyed = readable.flatMap(({ order, entry }) => (order === null ? [] : [keyedOf(facts, order, entry)]))
  const { valid } = validOrdersOf<SignedOrder, Keyed>(keyed, { gateClosure: session.gateClosure, rates })
  const opened = standingOf(facts)
  const counting = countingOrdersOf<SignedOrder, Keyed>(valid, opened, rates)

  const unplaced = new Map(facts.fills.map((fill) => [rankOf(fill), fill.filled]))
  const orders = counting.map(({ order, isFromLedger }) => {
    const filled = unplaced.get(rankOf(order)) ?? energyWh(0n)
    unplaced.delete(rankOf(order))
    return { order, isFromLedger, filled }
  })
  if (unplaced.size > 0 || orders.some(({ order, filled }) => filled > order.quantity)) return null

  const isKept = new Set(counting)
  const openedRanks = new Set(opened.map(({ order }) => rankOf(order)))
  const dropped = valid.filter((judged) => !isKept.has(judged) && !openedRanks.has(rankOf(judged.order)))
  return { orders, voidCount: readable.length - valid.length + dropped.length }
}

function keyedOf({ domain, revocations }: SessionFacts, order: SignedOrder, entry: TradingKeyEntry | null): Keyed {
  return {
    order,
    entry,
    signer: orderSignerOf(domain, order, order.signature),
    revokedAt: entry === null ? null : (revocations.get(entry.index) ?? null),
    isFromLedger: false,
  }
}

/** Of the opened orders those that stand: of a member and side the one with the greatest salt. */
function standingOf({ session, entries, opened }: SessionFacts): Keyed[] {
  const orders = opened.flatMap((terms) => {
    const { order, entry } = unpackTerms(session, entries, terms)
    if (order === null) return []
    const keyed: Keyed = { order, entry, signer: entry?.key ?? null, revokedAt: null, isFromLedger: true }
    return [{ trader: order.trader, side: order.side, salt: order.salt, keyed }]
  })
  return bindingOrdersOf(orders).map(({ keyed }) => keyed)
}
