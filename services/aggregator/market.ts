import type { FlexOfferDraft } from '../chain/flex-requests.ts'
import type { LedgerPrequalification, PrequalificationKey, PortfolioTerms } from '../chain/flex-portfolios.ts'
import type { PastDelivery } from '../domain/flexibility/pool/device-reliability.ts'
import type { FlexPower } from '../domain/flexibility/trading/flex-offer.ts'
import type { RequestedPeriod } from '../domain/flexibility/trading/flex-request.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import type { DeliveryPeriod, PowerW, Rate, TradingDay } from '../domain/units.ts'

/** A portfolio of this aggregator. */
export type OwnPortfolio = PortfolioTerms & { readonly portfolioId: number; readonly area: number }

/** A request that offers may answer, or that has been answered. */
export type AnsweredRequest = {
  readonly requestId: number
  readonly pointId: number
  readonly product: FlexProduct
  readonly productId: number
  readonly isOpen: boolean
  /** Unix seconds until which offers are taken, and until which they are opened. */
  readonly expiresAt: number
  readonly revealUntil: number
  readonly priceCap: Rate
  /** Ascending. */
  readonly periods: readonly RequestedPeriod[]
}

export type OfferOnLedger = {
  readonly offerId: number
  readonly requestId: number
  readonly portfolioId: number
  readonly commitment: string
  readonly state: 'sealed' | 'opened' | 'revoked' | 'ordered'
}

/** A flex order to one of this aggregator's portfolios. */
export type OwnOrder = {
  readonly orderId: number
  readonly portfolioId: number
  readonly productId: number
  readonly pointId: number
  readonly product: FlexProduct
  readonly isBinding: boolean
  /** Unix seconds. */
  readonly orderedAt: number
  /** What was ordered, and in the product's direction what of it is called still; ascending. */
  readonly periods: readonly (FlexPower & { readonly served: PowerW })[]
  /** The last period of which its request says anything; its own last one where there was no request. */
  readonly lastPeriod: DeliveryPeriod
}

/** What the aggregator reads of the ledger, as the projections have it. */
export type FlexMarket = {
  readonly listPortfolios: () => Promise<readonly OwnPortfolio[]>
  /** Of the portfolio's area, that have not been over since the time (unix seconds). */
  readonly listRequests: (portfolioId: number, since: number) => Promise<readonly AnsweredRequest[]>
  readonly listOffers: (portfolioId: number, requestIds: readonly number[]) => Promise<readonly OfferOnLedger[]>
  /** Whose last period is not over at the time (unix seconds), binding or not. */
  readonly listOrders: (portfolioId: number, since: number) => Promise<readonly OwnOrder[]>
  readonly findPrequalification: (key: PrequalificationKey) => Promise<LedgerPrequalification | null>
  /** Who is in the portfolio for the product at the time (unix seconds), ascending; behind the point where one is named. */
  readonly listMembers: (
    portfolioId: number,
    productId: number,
    time: number,
    pointId?: number,
  ) => Promise<readonly number[]>
  /** For which members are in the portfolio at the time. */
  readonly listProducts: (
    portfolioId: number,
    time: number,
  ) => Promise<readonly { readonly productId: number; readonly product: FlexProduct }[]>
  /** By member, what was asked of it and what it delivered, in settled orders. */
  readonly listPastDeliveries: (memberIds: readonly number[]) => Promise<ReadonlyMap<number, readonly PastDelivery[]>>
  readonly hasNominated: (portfolioId: number, productId: number, day: TradingDay) => Promise<boolean>
}

export type { FlexOfferDraft }
