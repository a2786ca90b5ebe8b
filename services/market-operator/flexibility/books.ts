import type { Nomination } from '../../domain/flexibility/baseline/nomination.ts'
import type { PeriodFlow } from '../../domain/flexibility/baseline/period-flow.ts'
import type { FlexBuyer, FlexDay } from '../../domain/flexibility/settlement/flex-day.ts'
import type { FlexPower } from '../../domain/flexibility/trading/flex-offer.ts'
import type { FlexProduct } from '../../domain/flexibility/trading/product.ts'
import type { DeliveryPeriod, EnergyWh, Money, PowerW, TradingDay } from '../../domain/units.ts'

/** An order that calls something on a day, with what the projections know of its portfolio. */
export type BookedOrder = {
  readonly orderId: number
  readonly portfolioId: number
  readonly product: FlexProduct
  readonly buyer: FlexBuyer
  /** Member id. */
  readonly aggregator: number
  readonly feePermille: number
  readonly split: 'by-delivery' | 'shapley'
  readonly isCancelled: boolean
  /** Unix seconds. */
  readonly orderedAt: number
  readonly price: Money
  /** All that it says, ascending. */
  readonly periods: readonly FlexPower[]
  /** What it calls on the day, ascending. */
  readonly calls: readonly { readonly period: DeliveryPeriod; readonly ordered: PowerW; readonly served: PowerW }[]
}

/** An agreed reservation in a period that is over and whose availability is not paid yet. */
export type UnpaidReserve = {
  readonly reservationId: number
  readonly period: DeliveryPeriod
  readonly portfolioId: number
  readonly productId: number
  readonly aggregator: number
  readonly buyer: FlexBuyer
  /** Micro-euro per kW and period. */
  readonly availabilityPrice: Money
  /** After the releases. */
  readonly reserved: PowerW
  /** What was requested under the contract and, in answer, offered; null where nothing was requested. */
  readonly request: { readonly requested: PowerW; readonly offered: PowerW } | null
  readonly prequalified: PowerW
  /** Whether an activation or a test of the contract in this period or later is settled and paid. */
  readonly isProvedLater: boolean
  /** Unix seconds from which nothing can settle any day of the contract any more. */
  readonly deadline: number
}

/** How the baseline of a leaf was found, which its source is the hash of; 0x-hex, by order, period and member. */
export type BaselineSources = ReadonlyMap<string, string>

export type KeptFlexDay = Pick<FlexDay, 'calls' | 'statements'>

/** What the settlement of flexibility reads beside the ledger, and keeps. */
export type FlexBooks = {
  /** Binding and cancelled orders that call something on the day, ascending. */
  readonly listOrders: (area: number, day: TradingDay) => Promise<readonly BookedOrder[]>
  /** The packed periods of orders are read from these. */
  readonly readPeriods: (orderIds: readonly number[]) => Promise<ReadonlyMap<number, readonly FlexPower[]>>
  /** Who was in the portfolio for the product at the time (unix seconds), ascending. */
  readonly membersAt: (portfolioId: number, productId: number, time: number) => Promise<readonly number[]>
  /** The periods of those from `first` to `last` in which a portfolio was called that the member was in, by member. */
  readonly readCalledPeriods: (
    members: readonly number[],
    first: DeliveryPeriod,
    last: DeliveryPeriod,
  ) => Promise<ReadonlyMap<number, readonly DeliveryPeriod[]>>
  /** What a portfolio's aggregator nominated of the day, by member; none where it did not. */
  readonly readNominations: (
    portfolioId: number,
    productId: number,
    day: TradingDay,
  ) => Promise<ReadonlyMap<number, Nomination>>
  /** What was dispatched to members for an order in a period. */
  readonly readAsked: (orderId: number, period: DeliveryPeriod) => Promise<ReadonlyMap<number, EnergyWh>>
  /** Flows with the version of the reading that was the latest at the time, by member. */
  readonly readFlowsAt: (
    area: number,
    members: readonly number[],
    periods: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
    readingsAt: number,
  ) => Promise<ReadonlyMap<number, readonly (PeriodFlow & { readonly version: number })[]>>
  /** Other homes of the area that are in no portfolio, against which one that was called can be compared. */
  readonly listControlGroup: (area: number, day: TradingDay) => Promise<readonly number[]>
  readonly listUnpaidReserves: (area: number, before: DeliveryPeriod) => Promise<readonly UnpaidReserve[]>
  /** Keeps a day's leaves in the place of what was drawn before, all or none. */
  readonly keepDay: (area: number, day: TradingDay, drawn: KeptFlexDay, sources: BaselineSources) => Promise<void>
}

export function sourceKeyOf(orderId: number, period: DeliveryPeriod, memberId: number): string {
  return `${orderId}:${period}:${memberId}`
}
