import type { EntityAddress } from '../../domain/flexibility/trading/entity-address.ts'
import type { FlexReservation, ReservationRelease } from '../../domain/flexibility/trading/flex-reservation.ts'
import { money, rate } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { reservedPowersOfJson, windowsOfJson } from './written.ts'

/** An availability contract with what was released of it; it is called by the ledger's number as text. */
export type KeptReservation = {
  readonly reservationId: number
  readonly portfolioId: number
  readonly productId: number
  readonly pointId: number
  readonly state: 'proposed' | 'agreed' | 'withdrawn'
  /** Unix seconds. */
  readonly proposedAt: number
  readonly reservation: FlexReservation
  readonly releases: readonly ReservationRelease[]
}

export type ReservationFilter = {
  readonly id?: number
  readonly portfolioId?: number
  readonly productId?: number
  readonly pointId?: number
  readonly state?: KeptReservation['state']
}

/** Ascending by number. */
export async function listReservations(store: Store, where: ReservationFilter): Promise<KeptReservation[]> {
  const rows = await store.client.flexReservation.findMany({ where, orderBy: { id: 'asc' } })
  const [points, releases] = await Promise.all([
    store.client.congestionPoint.findMany({ where: { id: { in: rows.map(({ pointId }) => pointId) } } }),
    store.client.flexRelease.findMany({
      where: { reservationId: { in: rows.map(({ id }) => id) } },
      orderBy: [{ blockNumber: 'asc' }, { logIndex: 'asc' }],
    }),
  ])
  const addressOf = new Map(points.map(({ id, entityAddress }) => [id, entityAddress as EntityAddress]))
  const byReservation = Map.groupBy(releases, ({ reservationId }) => reservationId)
  return rows.map((row) => ({
    reservationId: row.id,
    portfolioId: row.portfolioId,
    productId: row.productId,
    pointId: row.pointId,
    state: row.state === 'agreed' || row.state === 'withdrawn' ? row.state : 'proposed',
    proposedAt: row.proposedAt,
    reservation: {
      contract: String(row.id),
      congestionPoint: addressOf.get(row.pointId)!,
      product: String(row.productId),
      portfolio: String(row.portfolioId),
      availabilityPrice: money(row.availabilityPriceMicroEuroPerKwAndPeriod),
      utilisationPrice: rate(row.utilisationPriceMicroEuroPerKwh),
      releaseLeadSeconds: Number(row.releaseLeadSeconds),
      windows: windowsOfJson(row.windows),
    },
    releases: (byReservation.get(row.id) ?? []).map(({ reference, releasedAt, periods }) => ({
      ...{ contract: String(row.id), reference, releasedAt },
      periods: reservedPowersOfJson(periods),
    })),
  }))
}
