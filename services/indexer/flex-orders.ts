import { unpackFlexPowers } from '../chain/flex-periods.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Flex orders, and what other services leave of their calls. */
export function projectFlexOrders(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values } = event
  const id = Number(values.orderId)
  switch (name) {
    case 'FlexOrdered':
      projectOrdered(batch, event)
      break
    case 'CallDisplaced': {
      const call = { orderId: id, period: values.period as bigint, servedW: values.served as bigint }
      batch.flexibility.push({ kind: 'callDisplaced', ...call })
      break
    }
    case 'OrderAnnulled':
      batch.flexibility.push({ kind: 'orderChanged', id, state: 'annulled' })
      break
    case 'OrderCancelled':
      batch.flexibility.push({ kind: 'orderChanged', id, state: 'cancelled' })
      break
    case 'PledgeReleased':
      batch.flexibility.push({ kind: 'pledgeReleased', id })
      break
  }
}

function projectOrdered(batch: ProjectionBatch, { arguments: values, block, transaction }: LedgerEvent): void {
  const offerId = Number(values.offerId) || null
  batch.flexibility.push({
    kind: 'ordered',
    id: Number(values.orderId),
    state: 'binding',
    isTest: values.isTest as boolean,
    portfolioId: Number(values.portfolioId),
    productId: Number(values.productId),
    pointId: Number(values.pointId),
    offerId,
    reservationId: Number(values.reservationId) || null,
    option: offerId === null ? null : Number(values.option),
    factor: Number(values.factor),
    priceMicroEuro: values.price as bigint,
    pledgeMicroEuro: values.pledge as bigint,
    reference: values.reference_ as string,
    orderedAt: block.timestamp,
    orderedTransaction: transaction.hash,
    periods: unpackFlexPowers(values.periods as string),
  })
}
