import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Sessions from gate closure to clearing; what every order got follows in `addFills`. */
export function projectCallAuction(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, transaction } = event
  const session = { area: Number(values.area), period: Number(values.period) }
  switch (name) {
    case 'GateClosed':
      batch.gateClosures.set(`${session.area}:${session.period}`, {
        ...session,
        orderCount: Number(values.orderCount),
        ordersHash: values.ordersHash as string,
        gateClosedTransaction: transaction.hash,
        closedBy: values.closedBy as string,
        closedByMember: replacingMemberOf(event),
      })
      break
    case 'SessionCleared': {
      const volumeWh = values.volume as bigint
      batch.clearings.push({
        ...session,
        priceMicroEuroPerKwh: volumeWh === 0n ? null : Number(values.price),
        volumeWh,
        clearedTransaction: transaction.hash,
        ledgerOrderCount: null,
        voidOrderCount: null,
      })
      break
    }
  }
}

/** By the call, in which the ledger checked who acts for whom: a key or an owner may be another's by now. */
function replacingMemberOf({ callOf }: LedgerEvent): number | null {
  const call = callOf()
  return call?.name === 'replaceOperator' ? Number(call.arguments.memberId) : null
}
