import type { FlexOfferDraft, LedgerOffer, LedgerRequest } from '../chain/flex-requests.ts'
import type { LedgerPrequalification, PrequalificationKey } from '../chain/flex-portfolios.ts'
import type { CalledPower } from '../domain/flexibility/forecast/point-forecast.ts'
import type { CongestionPoint } from '../domain/flexibility/trading/congestion-point.ts'
import type { FlexRequest } from '../domain/flexibility/trading/flex-request.ts'
import type { FlexReservation, ReservationRelease } from '../domain/flexibility/trading/flex-reservation.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import type { DeliveryPeriod, PowerW } from '../domain/units.ts'

/** A congestion point of the DSO with what lies behind it. */
export type ManagedPoint = {
  readonly pointId: number
  readonly area: number
  readonly point: CongestionPoint
  /** By member: by how much a W at its connection changes the flow at the point, in millionths. */
  readonly effectOf: ReadonlyMap<number, number>
}

/** A request of the DSO as the ledger has it; it and its point and product are called by their numbers as text. */
export type MadeRequest = {
  readonly requestId: number
  readonly pointId: number
  readonly productId: number
  readonly request: FlexRequest
  readonly state: LedgerRequest['state']
  readonly revealUntil: number
}

export type AnsweringOffer = {
  readonly offerId: number
  readonly portfolioId: number
  readonly state: LedgerOffer['state']
  /** Null while it is sealed. */
  readonly offer: FlexOfferDraft | null
}

export type AgreedReserve = {
  readonly reservationId: number
  readonly portfolioId: number
  readonly reservation: FlexReservation
  readonly releases: readonly ReservationRelease[]
}

/** A portfolio that waits in the DSO's queue. */
export type WaitingPortfolio = PrequalificationKey & {
  readonly area: number
  readonly power: PowerW
  /** Unix seconds at which it asked last. */
  readonly requestedAt: number
  /** The members that are in it for the product now. */
  readonly members: readonly number[]
}

/** What the DSO reads of the ledger, as the projections have it. */
export type GridMarket = {
  readonly listPoints: () => Promise<readonly ManagedPoint[]>
  /** By which the DSO may buy: those that it defined itself and has not retired. */
  readonly listProducts: () => Promise<readonly FlexProduct[]>
  /** Of these, those for which a portfolio is prequalified at the point now. */
  readonly listProductsAt: (pointId: number) => Promise<readonly FlexProduct[]>
  /** Also one that is retired: what was requested by it is ordered all the same. Throws `flex-product-unknown`. */
  readonly findProduct: (productId: number) => Promise<FlexProduct>
  readonly listRequests: () => Promise<readonly MadeRequest[]>
  readonly listOffers: (requestId: number) => Promise<readonly AnsweringOffer[]>
  readonly listReserves: (pointId: number, productId: number) => Promise<readonly AgreedReserve[]>
  readonly findPrequalification: (key: PrequalificationKey) => Promise<LedgerPrequalification | null>
  readonly listWaiting: () => Promise<readonly WaitingPortfolio[]>
  /** What orders call at the point in the periods, both inclusive: as far as it is served, and with the rebound. */
  readonly listCalls: (pointId: number, first: DeliveryPeriod, last: DeliveryPeriod) => Promise<readonly CalledPower[]>
  /** Resolves once all that is on the ledger now is in all of this. Throws `projections-behind` where that takes too long. */
  readonly catchUp: () => Promise<void>
  /** Unix seconds of the latest block that is in it. */
  readonly readUntil: () => Promise<number>
}
