import { bytesToHex } from '@noble/hashes/utils.js'
import { readSession, type LedgerSession } from '../chain/sessions.ts'
import { DomainError } from '../domain/errors.ts'
import { clearingOf, type Clearing } from '../domain/market/clearing.ts'
import type { FilledOrder } from '../domain/settlement/statement.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { formatKwh, formatPrice } from './amounts.ts'
import { bindingOrdersOf, type BindingOrders, type TradingSession } from './gate-closure.ts'
import type { Operation } from './operation.ts'

/** Clears the session at the price that the rule gives for its orders, and logs it; again without effect. */
export async function clearSession(
  operation: Operation,
  { area, period }: TradingSession,
  binding: BindingOrders,
): Promise<FilledOrder[]> {
  const session = await readSession(operation.ledger, area, period)
  requireCommitted(binding, session, period)
  const clearing = clearingOf(binding.orders)
  if (session.state !== 'cleared') {
    const { price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow } = clearing.claim
    await operation.sender.send(`clear:${area}:${period}`, {
      contract: 'callAuction',
      function: 'clear',
      arguments: [
        area,
        period,
        [price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow],
        `0x${bytesToHex(binding.packed)}`,
      ],
    })
    logClearing(operation, period, binding, clearing)
  }
  return filledOrdersOf(binding, clearing)
}

/** The fills of a session that is cleared on the ledger, worked out again from its orders. */
export async function fillsOfCleared(
  operation: Operation,
  session: TradingSession,
  onLedger: LedgerSession,
): Promise<FilledOrder[]> {
  const binding = await bindingOrdersOf(operation, session)
  requireCommitted(binding, onLedger, session.period)
  return filledOrdersOf(binding, clearingOf(binding.orders))
}

function filledOrdersOf({ orders }: BindingOrders, { fills }: Clearing): FilledOrder[] {
  return orders.flatMap(({ memberId, side }, position) => {
    const filled = fills[position]
    return filled === undefined || filled === 0n ? [] : [{ memberId, side, filled }]
  })
}

function requireCommitted(binding: BindingOrders, session: LedgerSession, period: DeliveryPeriod): void {
  if (binding.hash === session.ordersHash) return
  throw new DomainError(
    'orders-not-committed',
    `the orders of period ${period} in the database are not those that were committed when its gate closed: ` +
      'restore the database that belongs to this ledger',
    { period, committed: session.ordersHash, found: binding.hash },
  )
}

function logClearing({ log }: Operation, period: DeliveryPeriod, { orders }: BindingOrders, clearing: Clearing): void {
  const { price, volume } = clearing
  const count = orders.length === 1 ? '1 order' : `${orders.length} orders`
  log.info(
    { period, orders: orders.length, priceMicroEuroPerKwh: price?.toString() ?? null, volumeWh: volume.toString() },
    price === null
      ? `period ${period} cleared without a trade: ${count}`
      : `period ${period} cleared at ${formatPrice(price)}: ${formatKwh(volume)} traded, ${count}`,
  )
}
