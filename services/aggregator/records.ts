import type { FlexOfferDraft } from '../chain/flex-requests.ts'
import type { NominatedBaseline } from '../domain/flexibility/baseline/nomination-tree.ts'
import type { TradingDay } from '../domain/units.ts'

/** An offer with its salt, as it is kept from before it is sealed. */
export type SealedOffer = {
  /** 0x-hex. */
  readonly commitment: string
  readonly requestId: number
  readonly portfolioId: number
  readonly offer: FlexOfferDraft
  /** Addresses of the devices that stand behind it. */
  readonly backing: readonly string[]
  /** Unix seconds. */
  readonly drawnAt: number
  /** Null until its number on the ledger is known. */
  readonly offerId: number | null
}

export const DISPATCH_STATES = [
  /** Kept, and nothing was said to the device. */
  'planned',
  'commanded',
  /** Wished of the home, which may follow. */
  'signalled',
  'acknowledged',
  /** Refused, not answered, or opted out. */
  'failed',
  /** Needed no more. */
  'released',
  'done',
] as const
export type DispatchState = (typeof DISPATCH_STATES)[number]

/** What a device does in a period for an order. */
export type DispatchedPeriod = {
  readonly period: number
  /** Its set-point, in W, positive into the device. */
  readonly powerW: number
  /** By how much that is in the product's direction against its plan, in W; negative where it takes back. */
  readonly movedW: number
}

/** What a device is to do for a flex order, or is wished to. Times are unix seconds. */
export type FlexDispatch = {
  /** UUID. */
  readonly id: string
  readonly orderId: number
  readonly memberId: number
  readonly device: string
  readonly mode: 'commandable' | 'informational'
  readonly schedule: readonly DispatchedPeriod[]
  readonly state: DispatchState
  readonly detail: string
  /** Of the command that was sent last; null before the first. */
  readonly commandId: string | null
  /** The dispatch that this one makes good; null for none. */
  readonly replaces: string | null
  readonly createdAt: number
  readonly changedAt: number
}

/** The day of a portfolio, for a product. */
export type NominatedDay = {
  readonly portfolioId: number
  readonly productId: number
  readonly day: TradingDay
}

/** What the aggregator keeps, and alone writes. */
export type AggregatorRecords = {
  /** All or none, durable once it resolves. */
  readonly keepSealed: (offers: readonly SealedOffer[]) => Promise<void>
  readonly listSealed: (portfolioId: number, requestIds: readonly number[]) => Promise<readonly SealedOffer[]>
  readonly noteOfferId: (commitment: string, offerId: number) => Promise<void>
  /** All or none, durable once it resolves. */
  readonly keepDispatches: (dispatches: readonly FlexDispatch[]) => Promise<void>
  /** In the sequence in which they were made. */
  readonly listDispatches: (orderIds: readonly number[]) => Promise<readonly FlexDispatch[]>
  readonly changeDispatch: (
    id: string,
    change: Pick<FlexDispatch, 'state' | 'detail' | 'commandId' | 'changedAt'>,
  ) => Promise<void>
  /** How often each device was called for orders before, by its address. */
  readonly countCalls: (devices: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** All or none, durable once it resolves; ascending by member and period. */
  readonly keepNominated: (key: NominatedDay, baselines: readonly NominatedBaseline[]) => Promise<void>
  /** Ascending by member and period; none where nothing was kept. */
  readonly listNominated: (key: NominatedDay) => Promise<readonly NominatedBaseline[]>
}
