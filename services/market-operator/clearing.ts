import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { claimHashOf, clearCall, type ChunkCall } from '../chain/clearing-claims.ts'
import { readFills, type LedgerFill } from '../chain/fills.ts'
import { readOpenedOrders, type OpenedOrder } from '../chain/opened-orders.ts'
import { chunksCommittedAs, PACKED_ORDER_BYTES } from '../chain/packed-orders.ts'
import { readClearedChunks, readSession, type LedgerSession } from '../chain/sessions.ts'
import { DomainError } from '../domain/errors.ts'
import { clearingOf, type Clearing } from '../domain/market/clearing.ts'
import { rankOf, type Order } from '../domain/market/order.ts'
import { countingOrdersOf, validOrdersOf, type BatchOrder, type KeyedOrder } from '../domain/market/validity.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { formatKwh, formatPrice } from './amounts.ts'
import { CHUNK_SIZES } from './chunk-size.ts'
import type { BindingOrders, TradingSession } from './gate-closure.ts'
import type { Operation } from './operation.ts'

/**
 * Clears the session at the price that the rule gives for its orders, and logs it; again without effect, also where
 * somebody else clears it. Where a member replaced the operator those are the orders opened on the ledger. Throws
 * `session-of-another-operator` where its gate was closed with orders that are not known here.
 */
export async function clearSession(
  operation: Operation,
  session: TradingSession,
  binding: BindingOrders,
): Promise<readonly LedgerFill[]> {
  const { ledger } = operation
  const { area, period } = session
  const onLedger = await readSession(ledger, area, period)
  if (onLedger.state === 'cleared') return readFills(ledger, area, period)
  const { batch, chunks } = committedBatchOf(binding, onLedger, period)
  if (onLedger.isReplaced) logReplacement(operation, period, binding.batch.length)

  const opened = await readOpenedOrders(ledger, session, binding.keys)
  const { valid } = validOrdersOf(batch, { gateClosure: session.gateClosure, rates: binding.rates })
  const counting = countingOrdersOf<Order, KeyedOrder<Order>>(valid, opened, binding.rates).map(({ order }) => order)
  const clearing = clearingOf(counting)
  // What was sent for the operator's orders before it was replaced is no part of this clearing.
  const purpose = `clear:${area}:${period}${onLedger.isReplaced ? ':replaced' : ''}`
  try {
    await sendChunks(operation, session, clearing, purpose, chunkCallsOf({ batch, chunks }, valid, opened))
  } catch (error) {
    const isCleared = (await readSession(ledger, area, period)).state === 'cleared'
    if (!(error instanceof DomainError) || !isCleared) throw error
    return readFills(ledger, area, period)
  }
  logClearing(operation, period, counting.length, clearing)
  return counting.flatMap(({ trader, side }, position) => {
    const filled = clearing.fills[position]
    return filled === undefined || filled === 0n ? [] : [{ trader, side, filled }]
  })
}

/** The operator's orders of a session, and their bytes in the chunks in which the gate was closed with them. */
type CommittedBatch = {
  readonly batch: readonly BatchOrder<Order>[]
  /** One at least, which is empty where there are no orders. */
  readonly chunks: readonly Uint8Array[]
}

/**
 * What goes to the ledger in each call: a chunk of the batch, and the terms of the opened orders that belong before the
 * chunk's last order that is valid; in the last call all that are left.
 */
export function chunkCallsOf(
  { batch, chunks }: CommittedBatch,
  valid: readonly BatchOrder<Order>[],
  opened: readonly OpenedOrder[],
): ChunkCall[] {
  const isValid = new Set<unknown>(valid)
  let taken = 0
  let position = 0
  return chunks.map((orders, index) => {
    const behind = position + orders.length / PACKED_ORDER_BYTES
    const last = batch.slice(position, behind).findLast((keyed) => isValid.has(keyed))
    position = behind
    const lastRank = index === chunks.length - 1 ? Infinity : last === undefined ? -1 : rankOf(last.order)
    const next = opened.slice(taken).filter(({ order }) => rankOf(order) <= lastRank)
    taken += next.length
    return { orders, forcedTerms: concatBytes(...next.map(({ terms }) => hexToBytes(terms.slice(2)))) }
  })
}

/** Goes on behind the chunks that were verified before. */
async function sendChunks(
  { ledger, sender }: Operation,
  session: TradingSession,
  { claim }: Clearing,
  purpose: string,
  calls: readonly ChunkCall[],
): Promise<void> {
  const { area, period } = session
  const done = await readClearedChunks(ledger, area, period, sender.address, claimHashOf(claim))
  for (const [chunk, call] of [...calls.entries()].slice(done)) {
    await sender.send(`${purpose}:${chunk}`, clearCall(session, claim, call))
  }
}

function committedBatchOf(
  { batch, packed }: BindingOrders,
  { isReplaced, isPaused, ordersHash }: LedgerSession,
  period: DeliveryPeriod,
): CommittedBatch {
  if (isReplaced || isPaused) return { batch: [], chunks: [new Uint8Array()] }
  const chunks = chunksCommittedAs(ordersHash, packed, CHUNK_SIZES)
  if (chunks !== null) return { batch, chunks }
  throw new DomainError(
    'session-of-another-operator',
    `the orders of period ${period} in the database are not those that its gate was closed with: this database does ` +
      'not belong to this ledger, or its orders were changed',
    { period, committed: ordersHash, found: batch.length },
  )
}

function logReplacement({ log }: Operation, period: DeliveryPeriod, count: number): void {
  const orders = count === 1 ? '1 accepted order takes' : `${count} accepted orders take`
  log.warn({ period }, `a member took the operator's place in period ${period}: ${orders} no part`)
}

function logClearing({ log }: Operation, period: DeliveryPeriod, count: number, { price, volume }: Clearing): void {
  const orders = count === 1 ? '1 order' : `${count} orders`
  log.info(
    { period, orders: count, priceMicroEuroPerKwh: price?.toString() ?? null, volumeWh: volume.toString() },
    price === null
      ? `period ${period} cleared without a trade: ${orders}`
      : `period ${period} cleared at ${formatPrice(price)}: ${formatKwh(volume)} traded, ${orders}`,
  )
}
