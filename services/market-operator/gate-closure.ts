import { readMembers } from '../chain/members.ts'
import { hashOrders, orderDomain, packOrders, type SignedOrder } from '../chain/orders.ts'
import { readSession } from '../chain/sessions.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { closeGate, readAcceptedOrders } from '../store/gate-closures.ts'
import type { Operation } from './operation.ts'
import { screenOrders } from './order-screening.ts'

/** The session of an area and delivery period whose gate closes at `gateClosure`, in unix seconds. */
export type TradingSession = { readonly area: number; readonly period: DeliveryPeriod; readonly gateClosure: number }

/** The orders that take part in a session, and their bytes and hash as the ledger has them. */
export type BindingOrders = {
  readonly orders: readonly SignedOrder[]
  readonly packed: Uint8Array
  readonly hash: string
}

/** Freezes the session's orders and commits them to the ledger; again without effect. */
export async function closeSessionGate(operation: Operation, session: TradingSession): Promise<BindingOrders> {
  const { area, period } = session
  const [{ state }, binding] = await Promise.all([
    readSession(operation.ledger, area, period),
    bindingOrdersOf(operation, session),
  ])
  if (state === 'open') {
    await operation.sender.send(`close-gate:${area}:${period}`, {
      contract: 'callAuction',
      function: 'closeGate',
      arguments: [area, period, binding.orders.length, binding.hash],
    })
  }
  return binding
}

/** The orders that the ledger will take, out of those that were accepted until now, when no more are. */
export async function bindingOrdersOf(
  { ledger, store, log }: Operation,
  { area, period, gateClosure }: TradingSession,
): Promise<BindingOrders> {
  const accepting = closeGate(store, area, period).then(() => readAcceptedOrders(store, area, period))
  const [orders, members] = await Promise.all([accepting, readMembers(ledger, area)])
  const memberById = new Map(members.map((member) => [member.memberId, member]))
  const { accepted, leftOut } = screenOrders(orders, memberById, orderDomain(ledger), gateClosure)
  for (const { order, digest, refusal } of leftOut) {
    log.warn({ period, memberId: order.memberId, digest, code: refusal.code }, `order left out: ${refusal.message}`)
  }
  const packed = packOrders(accepted)
  return { orders: accepted, packed, hash: hashOrders(packed) }
}
