import { orderDigest, recoverOrderSigner, type SignedOrder } from '../chain/orders.ts'
import type { LedgerMember } from '../chain/members.ts'
import type { SigningDomain } from '../chain/typed-data.ts'
import { DomainError } from '../domain/errors.ts'
import { sortOrders } from '../domain/market/clearing.ts'
import { requireValidOrder, requireWithinLimit } from '../domain/market/order.ts'

export type LeftOutOrder = { readonly order: SignedOrder; readonly digest: string; readonly refusal: DomainError }

/**
 * Parts the orders that the ledger will take, sorted as it wants them, from those for whose sake it would refuse all.
 * `gateClosure` (unix seconds) is when the gate closes on the ledger: whoever was deactivated by then does not trade.
 */
export function screenOrders(
  orders: readonly SignedOrder[],
  members: ReadonlyMap<number, LedgerMember>,
  domain: SigningDomain,
  gateClosure: number,
): { accepted: SignedOrder[]; leftOut: LeftOutOrder[] } {
  const accepted: SignedOrder[] = []
  const leftOut: LeftOutOrder[] = []
  for (const order of orders) {
    try {
      requireTradable(order, members.get(order.memberId), domain, gateClosure)
      accepted.push(order)
    } catch (refusal) {
      if (!(refusal instanceof DomainError)) throw refusal
      leftOut.push({ order, digest: orderDigest(domain, order), refusal })
    }
  }
  return { accepted: sortOrders(accepted), leftOut }
}

function requireTradable(
  order: SignedOrder,
  member: LedgerMember | undefined,
  domain: SigningDomain,
  gateClosure: number,
): void {
  if (member === undefined) {
    throw new DomainError('order-not-a-member', `member ${order.memberId} is not registered in area ${order.area}`)
  }
  if (member.activeUntil !== null && member.activeUntil <= gateClosure) {
    throw new DomainError(
      'order-member-inactive',
      `member ${order.memberId} is active until ${member.activeUntil} only`,
    )
  }
  requireValidOrder(order)
  requireWithinLimit(order, member.quantityLimitWh)
  if (recoverOrderSigner(domain, order, order.signature) !== member.tradingKey) {
    throw new DomainError('order-signature-invalid', `the order is not signed by member ${order.memberId}`)
  }
}
