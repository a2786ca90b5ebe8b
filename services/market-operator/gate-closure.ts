import { readTariff } from '../chain/areas.ts'
import { readRevocations } from '../chain/members.ts'
import { orderDomain } from '../chain/orders.ts'
import { hashOrders, packOrders } from '../chain/packed-orders.ts'
import { isPausedAt } from '../chain/pauses.ts'
import { readSession } from '../chain/sessions.ts'
import { readSessionKeys, type TradingKeys } from '../chain/trading-days.ts'
import { DomainError } from '../domain/errors.ts'
import type { ExposureRates } from '../domain/market/exposure.ts'
import { tradingDayOf, type DeliveryPeriod } from '../domain/units.ts'
import { closeGate, readAcceptedOrders } from '../store/gate-closures.ts'
import { ordersPerChunkOf } from './chunk-size.ts'
import type { Operation } from './operation.ts'
import { findContractOrders, sortAcceptedOrders, type SortedOrders } from './session-orders.ts'
import { readTraders } from './traders.ts'

/** The session of an area and delivery period whose gate closes at `gateClosure`, in unix seconds. */
export type TradingSession = { readonly area: number; readonly period: DeliveryPeriod; readonly gateClosure: number }

/** The orders that a session is closed with, their bytes as the ledger has them, and what they are judged by. */
export type BindingOrders = Omit<SortedOrders, 'leftOut'> & {
  readonly packed: Uint8Array
  readonly keys: TradingKeys
  readonly rates: ExposureRates
}

/**
 * Freezes the session's orders and commits them to the ledger; again without effect. Where trading is paused it commits,
 * and answers with, none.
 */
export async function closeSessionGate(operation: Operation, session: TradingSession): Promise<BindingOrders> {
  const { area, period, gateClosure } = session
  const [{ state, commitmentCount }, isPaused, accepted] = await Promise.all([
    readSession(operation.ledger, area, period),
    isPausedAt(operation.ledger, area, gateClosure),
    bindingOrdersOf(operation, session),
  ])
  const binding = isPaused ? withoutOrders(operation, session, accepted) : accepted
  if (state !== 'open') return binding
  try {
    await operation.sender.send(`close-gate:${area}:${period}`, {
      contract: 'callAuction',
      function: 'closeGate',
      arguments: [area, period, binding.batch.length, hashOrders(binding.packed, ordersPerChunkOf(commitmentCount))],
    })
  } catch (error) {
    // A member took the operator's place in this very moment.
    if (!(error instanceof DomainError) || error.code !== 'call-auction-gate-already-closed') throw error
  }
  return binding
}

function withoutOrders({ log }: Operation, { period }: TradingSession, accepted: BindingOrders): BindingOrders {
  const count = accepted.batch.length + accepted.ofContracts.length
  log.warn({ period, orders: count }, `trading is paused in period ${period}: its session has no orders`)
  return { ...accepted, batch: [], ofContracts: [], packed: new Uint8Array() }
}

/** The orders that take part in the session out of those that were accepted until now, when no more are. */
async function bindingOrdersOf(
  operation: Operation,
  { area, period, gateClosure }: TradingSession,
): Promise<BindingOrders> {
  const { ledger, store, log } = operation
  const accepting = closeGate(store, area, period).then(() => readAcceptedOrders(store, area, period))
  const day = tradingDayOf(period)
  const [orders, keys, traders, rates] = await Promise.all([
    accepting,
    readSessionKeys(ledger, area, day, gateClosure),
    readTraders(operation, area, day),
    readTariff(ledger, area, period),
  ])
  const [revocations, contractOrders] = await Promise.all([
    readRevocations(ledger, traders.registeredKeysOf(keys), gateClosure),
    findContractOrders(ledger, orders),
  ])
  const facts = { gateClosure, rates, keys, revocations, domain: orderDomain(ledger), contractOrders }
  const { batch, ofContracts, leftOut } = sortAcceptedOrders(orders, facts)
  for (const { order, refusal } of leftOut) {
    const { trader, digest } = order
    log.warn({ period, trader, digest, code: refusal.code }, `order left out: ${refusal.message}`)
  }
  const packed = packOrders(
    batch.map(({ order, entry }) => ({ order, entry: entry! })),
    gateClosure,
  )
  return { batch, ofContracts, packed, keys, rates }
}
