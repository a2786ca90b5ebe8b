import { readOrderCommitment } from '../chain/opened-orders.ts'
import { orderArgument, orderCommitment } from '../chain/orders.ts'
import { isPausedAt } from '../chain/pauses.ts'
import { DomainError } from '../domain/errors.ts'
import { gateClosureOf, type Calendar } from '../domain/grid/calendar.ts'
import { bindingOrdersOf } from '../domain/market/order.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { readAcceptedOrders, readLatestPositions, type AcceptedOrder } from '../store/gate-closures.ts'
import type { BindingOrders, TradingSession } from './gate-closure.ts'
import type { Operation } from './operation.ts'
import { findContractOrders } from './session-orders.ts'

/** A member has so many places for commitments in a session. */
const LANES = [0, 1] as const

/**
 * Puts the orders of contract accounts on the ledger as commitments while their gates are open: a batch has no room for
 * what only a contract can verify. Those of a session that is to be paused wait. Resolves to whether there was anything new.
 */
export type LedgerOrders = { readonly commitNew: (area: number, first: DeliveryPeriod) => Promise<boolean> }

export function createLedgerOrders(operation: Operation, calendar: Calendar): LedgerOrders {
  const { ledger, store } = operation
  /** Up to which position each session's orders have been looked at. */
  const seen = new Map<DeliveryPeriod, number>()

  return {
    async commitNew(area, first) {
      for (const period of seen.keys()) if (period < first) seen.delete(period)
      let isNew = false
      for (const [period, latest] of await readLatestPositions(store, area, first)) {
        if ((seen.get(period) ?? 0) >= latest) continue
        if (await isPausedAt(ledger, area, gateClosureOf(calendar, period))) continue
        const fresh = await readAcceptedOrders(store, area, period, seen.get(period))
        if ((await findContractOrders(ledger, fresh)).size > 0) {
          const all = await readAcceptedOrders(store, area, period)
          const contractOrders = await findContractOrders(ledger, all)
          const ofContracts = bindingOrdersOf(all.filter(({ digest }) => contractOrders.has(digest)))
          for (const order of ofContracts) await commitOrder(operation, order, ofContracts)
          isNew = true
        }
        seen.set(period, fresh.at(-1)?.position ?? latest)
      }
      return isNew
    },
  }
}

/** Opens the session's committed orders of contract accounts; again without effect. */
export async function openLedgerOrders(
  operation: Operation,
  { period }: TradingSession,
  { ofContracts }: BindingOrders,
): Promise<void> {
  for (const { order, entry } of ofContracts) {
    const lane = await laneOf(operation, order)
    if (lane === null || entry === null) continue
    await attempt(operation, order, `order of member ${order.trader} for period ${period} not opened`, {
      purpose: `open-order:${order.digest}`,
      function: 'openOrder',
      arguments: [orderArgument(order), entry.index, lane, order.signature],
    })
  }
}

/** In the lane of its side, unless the member holds that itself; an operator cannot replace what a member committed. */
async function commitOrder(
  operation: Operation,
  order: AcceptedOrder,
  ofContracts: readonly AcceptedOrder[],
): Promise<void> {
  const { area, deliveryPeriod: period, trader, side, digest } = order
  if ((await laneOf(operation, order)) !== null) return
  const other = ofContracts.find((candidate) => candidate.trader === trader && candidate.side !== side)
  const others = other === undefined ? null : await laneOf(operation, other)
  const lanes = side === 'bid' ? LANES : LANES.toReversed()
  for (const lane of lanes.filter((candidate) => candidate !== others)) {
    const isCommitted = await attempt(operation, order, `order of member ${trader} not committed in lane ${lane}`, {
      purpose: `commit-order:${digest}:${lane}`,
      function: 'commitOrder',
      arguments: [area, period, trader, lane, orderCommitment(digest, order.signature)],
    })
    if (isCommitted) return
  }
}

/** The lane that holds the order's commitment; null where none does. */
async function laneOf({ ledger }: Operation, order: AcceptedOrder): Promise<number | null> {
  const { area, deliveryPeriod: period, trader } = order
  const commitment = orderCommitment(order.digest, order.signature)
  for (const lane of LANES) {
    if ((await readOrderCommitment(ledger, { area, period, trader, lane })) === commitment) return lane
  }
  return null
}

/** Whether the ledger took it; what it refuses for this order's sake must not keep the others waiting. */
async function attempt(
  { sender, log }: Operation,
  { deliveryPeriod: period, trader, digest }: AcceptedOrder,
  what: string,
  call: { readonly purpose: string; readonly function: string; readonly arguments: readonly unknown[] },
): Promise<boolean> {
  try {
    await sender.send(call.purpose, { contract: 'callAuction', function: call.function, arguments: call.arguments })
    return true
  } catch (error) {
    if (!(error instanceof DomainError) || !error.code.startsWith('call-auction-')) throw error
    log.warn({ period, trader, digest, code: error.code }, `${what}: ${error.message}`)
    return false
  }
}
