import { unpackReservedPowers, unpackWindows } from '../chain/flex-periods.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Availability contracts, and what of them was released. */
export function projectFlexReservations(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block, logIndex } = event
  const id = Number(values.reservationId)
  switch (name) {
    case 'ReservationProposed':
      batch.flexibility.push({
        kind: 'reservationProposed',
        id,
        portfolioId: Number(values.portfolioId),
        productId: Number(values.productId),
        pointId: Number(values.pointId),
        availabilityPriceMicroEuroPerKwAndPeriod: values.availabilityPrice as bigint,
        utilisationPriceMicroEuroPerKwh: values.utilisationPrice as bigint,
        releaseLeadSeconds: values.releaseLead as bigint,
        windows: unpackWindows(values.windows as string),
        state: 'proposed',
        proposedAt: block.timestamp,
      })
      break
    case 'ReservationAgreed':
      batch.flexibility.push({ kind: 'reservationChanged', id, state: 'agreed' })
      break
    case 'ReservationWithdrawn':
      batch.flexibility.push({ kind: 'reservationChanged', id, state: 'withdrawn' })
      break
    case 'ReservationReleased':
      batch.flexibility.push({
        kind: 'reservationReleased',
        blockNumber: block.number,
        logIndex,
        reservationId: id,
        reference: values.reference_ as string,
        releasedAt: block.timestamp,
        periods: unpackReservedPowers(values.releases as string),
      })
      break
  }
}
