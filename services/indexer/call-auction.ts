import { orderDigest, orderDomain, type SignedOrder } from '../chain/orders.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import { decodeFills, findSubmittedOrders } from './submitted-orders.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Sessions from gate closure to clearing, and what every order got. */
export function projectCallAuction(batch: ProjectionBatch, event: LedgerEvent, ledger: Ledger): void {
  const { name, arguments: values, transaction } = event
  const session = { area: Number(values.area), period: Number(values.period) }
  switch (name) {
    case 'GateClosed':
      batch.gateClosures.push({
        ...session,
        orderCount: Number(values.orderCount),
        ordersHash: values.ordersHash as string,
        gateClosedTransaction: transaction.hash,
      })
      break
    case 'SessionCleared': {
      const volumeWh = values.volume as bigint
      batch.clearings.push({
        ...session,
        priceMicroEuroPerKwh: volumeWh === 0n ? null : Number(values.price),
        volumeWh,
        clearedTransaction: transaction.hash,
      })
      const fills = decodeFills(values.fills as string)
      const orders = findSubmittedOrders(ledger, transaction, session, fills)
      const domain = orderDomain(ledger)
      orders.forEach((order, index) => {
        batch.fills.push({
          ...fillRowOf(order),
          filledWh: fills[index]?.filledWh ?? 0,
          digest: orderDigest(domain, order),
        })
      })
      break
    }
  }
}

function fillRowOf(order: SignedOrder) {
  return {
    area: order.area,
    period: order.deliveryPeriod,
    memberId: order.memberId,
    side: order.side,
    quantityWh: Number(order.quantity),
    limitPriceMicroEuroPerKwh: Number(order.limitPrice),
    salt: order.salt.toString(),
  }
}
