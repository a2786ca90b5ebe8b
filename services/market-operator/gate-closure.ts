import { readMembers } from '../chain/members.ts'
import { hashOrders, orderDomain, packOrders, type SignedOrder } from '../chain/orders.ts'
import { readSession } from '../chain/sessions.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { closeGate, readAcceptedOrders } from '../store/gate-closures.ts'
import type { Operation } from './operation.ts'
import { screenOrders } from './order-screening.ts'

/** The orders that take part in a session, and their bytes and hash as the ledger has them. */
export type BindingOrders = {
  readonly orders: readonly SignedOrder[]
  readonly packed: Uint8Array
  readonly hash: string
}

/** Freezes the session's orders and commits them to the ledger; again without effect. */
export async function closeSessionGate(operation: Operation, area: number, period: DeliveryPeriod): Promise<BindingOrders> {
  const { ledger, clock, sender } = operation
  const session = await readSession(ledger, area, period)
  const binding = await bindingOrdersOf(operation, area, period, session.gateClosedAt ?? clock.now())
  if (session.state === 'open') {
    await sender.send(`close-gate:${area}:${period}`, {
      contract: 'callAuction',
      function: 'closeGate',
      arguments: [area, period, binding.orders.length, binding.hash],
    })
  }
  return binding
}

/** The orders that the ledger will take; `gateClosure` is when the gate closed on the ledger, in unix seconds. */
export async function bindingOrdersOf(
  { ledger, store, log }: Operation,
  area: number,
  period: DeliveryPeriod,
  gateClosure: number,
): Promise<BindingOrders> {
  await closeGate(store, area, period)
  const [orders, members] = await Promise.all([readAcceptedOrders(store, area, period), readMembers(ledger, area)])
  const memberById = new Map(members.map((member) => [member.memberId, member]))
  const { accepted, leftOut } = screenOrders(orders, memberById, orderDomain(ledger), gateClosure)
  for (const { order, digest, refusal } of leftOut) {
    log.warn({ period, memberId: order.memberId, digest, code: refusal.code }, `order left out: ${refusal.message}`)
  }
  const packed = packOrders(accepted)
  return { orders: accepted, packed, hash: hashOrders(packed) }
}
