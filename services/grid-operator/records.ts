import type { Accuracy } from '../domain/flexibility/baseline/accuracy.ts'
import type { LocalDay } from '../domain/flexibility/baseline/local-calendar.ts'
import type { PeriodFlow } from '../domain/flexibility/baseline/period-flow.ts'
import type { PointForecast } from '../domain/flexibility/forecast/point-forecast.ts'
import type { Finding } from '../domain/flexibility/gaming/finding.ts'
import type { PastActivation } from '../domain/flexibility/gaming/guarded-asset.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import type { DeliveryPeriod, EnergyWh, PowerW, SignedWh, TradingDay } from '../domain/units.ts'
import type { RequestProposal } from '../store/flexibility/proposals.ts'
import type { FlexSelection } from '../store/flex-selections.ts'
import type { AccuracyKey } from '../store/flexibility/guard-records.ts'

export type ByAggregator<Energy> = ReadonlyMap<number, ReadonlyMap<DeliveryPeriod, Energy>>

/** What the DSO keeps, and what it looks up that is no projection. */
export type GridRecords = {
  /** Net flows of members in the periods, both inclusive, as last committed. */
  readonly readFlows: (
    area: number,
    members: readonly number[],
    first: DeliveryPeriod,
    last: DeliveryPeriod,
  ) => Promise<ReadonlyMap<number, readonly PeriodFlow[]>>
  /** In W, either direction, by member. */
  readonly readConnectionCapacities: (area: number) => Promise<ReadonlyMap<number, PowerW>>
  /** What sides have nominated, or homes expect, of the periods, by member; positive towards the prosumer. */
  readonly readNamed: (
    members: readonly number[],
    periods: readonly DeliveryPeriod[],
  ) => Promise<ReadonlyMap<number, ReadonlyMap<DeliveryPeriod, SignedWh>>>

  /** Keeps a forecast; `madeAt` in unix seconds. Again without effect. */
  readonly keepForecast: (pointId: number, madeAt: number, forecasts: readonly PointForecast[]) => Promise<void>
  /** Of each period of those from `first` to `last` the forecast that was made first. */
  readonly readFirstForecasts: (
    pointId: number,
    first: DeliveryPeriod,
    last: DeliveryPeriod,
  ) => Promise<readonly PointForecast[]>

  readonly addProposal: (proposal: RequestProposal, isApproved: boolean) => Promise<void>
  readonly listApproved: () => Promise<readonly RequestProposal[]>
  /** Proposals that wait for a person, or for the ledger. */
  readonly countOpenProposals: (pointId: number, productId: number, day: TradingDay) => Promise<number>
  readonly noteRequested: (proposalId: string, requestId: number) => Promise<void>
  /** Approved too late to be requested. */
  readonly noteExpired: (proposalId: string) => Promise<void>
  /** Portfolios in the queue that a person has approved or refused; the reason of a refusal. */
  readonly listQueueDecisions: () => Promise<
    readonly {
      readonly portfolioId: number
      readonly productId: number
      readonly pointId: number
      /** Of which request for prequalification, by when it was made. */
      readonly askedAt: number
      readonly refusal: string | null
    }[]
  >

  /** By member the activations under orders of the product in the periods, both inclusive. */
  readonly readActivations: (
    productId: number,
    first: DeliveryPeriod,
    last: DeliveryPeriod,
  ) => Promise<ReadonlyMap<number, readonly PastActivation[]>>
  /** Wh that each aggregator nominated for these members in the periods, both inclusive; positive towards the members. */
  readonly readNominatedBy: (
    members: readonly number[],
    first: DeliveryPeriod,
    last: DeliveryPeriod,
  ) => Promise<ByAggregator<SignedWh>>
  /** Wh that each aggregator offered at the point by the product in these periods, of exclusive options the largest. */
  readonly readOfferedBy: (
    of: { readonly pointId: number; readonly product: FlexProduct },
    first: DeliveryPeriod,
    last: DeliveryPeriod,
  ) => Promise<ByAggregator<EnergyWh>>
  readonly keepFinding: (productId: number, memberId: number, finding: Finding) => Promise<void>
  /** Null where the method was not tried for the asset yet. */
  readonly readAccuracy: (
    key: AccuracyKey,
  ) => Promise<{ readonly accuracy: Accuracy; readonly lastDay: LocalDay } | null>
  readonly keepAccuracy: (key: AccuracyKey, accuracy: Accuracy, lastDay: LocalDay) => Promise<void>

  readonly readSelection: (requestId: number) => Promise<FlexSelection | null>
  readonly keepSelection: (selection: FlexSelection) => Promise<void>
}
