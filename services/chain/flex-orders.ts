import { activationFactor, type ActivationFactor } from '../domain/flexibility/trading/activation-factor.ts'
import { flexPrice } from '../domain/flexibility/trading/flex-price.ts'
import type { FlexPower } from '../domain/flexibility/trading/flex-offer.ts'
import {
  deliveryPeriod,
  money,
  powerW,
  type DeliveryPeriod,
  type Money,
  type PowerW,
  type TradingDay,
} from '../domain/units.ts'
import { packFlexPowers } from './flex-periods.ts'
import { encodeOffer, type FlexOfferDraft } from './flex-requests.ts'
import { ORDER_STATES, type LedgerOrderState } from './flex-states.ts'
import { readContract, type Ledger } from './ledger.ts'
import type { Call } from './transactions.ts'

/** What the ledger keeps of an order: of its periods the hash. */
export type LedgerFlexOrder = {
  readonly state: LedgerOrderState
  /** Whether it only tests that a reserve is available. */
  readonly isTest: boolean
  readonly activationFactor: ActivationFactor
  readonly portfolioId: number
  readonly productId: number
  readonly pointId: number
  /** Null where a reserve is activated directly. */
  readonly offerId: number | null
  readonly reservationId: number | null
  /** Unix seconds. */
  readonly orderedAt: number
  readonly blockNumber: number
  /** The first and the last period in which it calls anything. */
  readonly firstPeriod: DeliveryPeriod
  readonly lastPeriod: DeliveryPeriod
  /** Of all that is ordered, in micro-euro. */
  readonly price: Money
  /** What the aggregator pledged for it, in micro-euro. */
  readonly pledge: Money
  readonly periodsHash: string
}

/** What an order calls of a portfolio in a period, in the product's direction, and what other services left of it. */
export type FlexCall = { readonly ordered: PowerW; readonly served: PowerW }

/**
 * Orders one option of an opened offer, whole or in part, by the product's buyer.
 * @param option Its place in the offer, from 0.
 * @param reference The buyer's own number of the order, 32 bytes as 0x-hex.
 */
export function orderOfferCall(
  offerId: number,
  offer: FlexOfferDraft,
  { option, factor, reference }: { option: number; factor: ActivationFactor; reference: string },
): Call {
  return {
    contract: 'flexOrders',
    function: 'orderOffer',
    arguments: [offerId, encodeOffer(offer), option, factor, reference],
  }
}

/** Activates a contracted reserve directly, by the product's buyer. */
export function orderReserveCall(reservationId: number, periods: readonly FlexPower[], reference: string): Call {
  return {
    contract: 'flexOrders',
    function: 'orderReserve',
    arguments: [reservationId, packFlexPowers(periods), reference],
  }
}

/** The same, to see whether the reserve is available. */
export function testReserveCall(reservationId: number, periods: readonly FlexPower[], reference: string): Call {
  return {
    contract: 'flexOrders',
    function: 'testReserve',
    arguments: [reservationId, packFlexPowers(periods), reference],
  }
}

/** By the portfolio's aggregator; where an order crosses it in one block, the revocation wins. */
export function revokeOfferCall(offerId: number): Call {
  return { contract: 'flexOrders', function: 'revokeOffer', arguments: [offerId] }
}

/** By the product's buyer, before the first period begins; the price is owed whole. */
export function cancelOrderCall(orderId: number): Call {
  return { contract: 'flexOrders', function: 'cancelOrder', arguments: [orderId] }
}

/** Throws `flex-orders-unknown`. */
export async function readFlexOrder(ledger: Ledger, orderId: number): Promise<LedgerFlexOrder> {
  const [order] = (await readContract(ledger, 'flexOrders', 'orderOf', orderId)) as unknown as [
    Record<
      | 'state'
      | 'factor'
      | 'portfolioId'
      | 'productId'
      | 'pointId'
      | 'offerId'
      | 'reservationId'
      | 'orderedAt'
      | 'blockNumber'
      | 'firstPeriod'
      | 'lastPeriod'
      | 'price'
      | 'pledge',
      bigint
    > & { readonly isTest: boolean; readonly periodsHash: string },
  ]
  return {
    state: ORDER_STATES[Number(order.state)] ?? 'none',
    isTest: order.isTest,
    activationFactor: activationFactor(Number(order.factor)),
    portfolioId: Number(order.portfolioId),
    productId: Number(order.productId),
    pointId: Number(order.pointId),
    offerId: numberOrNull(order.offerId),
    reservationId: numberOrNull(order.reservationId),
    orderedAt: Number(order.orderedAt),
    blockNumber: Number(order.blockNumber),
    firstPeriod: deliveryPeriod(Number(order.firstPeriod)),
    lastPeriod: deliveryPeriod(Number(order.lastPeriod)),
    price: flexPrice(order.price),
    pledge: money(order.pledge),
    periodsHash: order.periodsHash,
  }
}

/** Both 0 where the order calls nothing in the period. */
export async function readFlexCall(ledger: Ledger, orderId: number, period: DeliveryPeriod): Promise<FlexCall> {
  const answer = await readContract(ledger, 'flexOrders', 'callOf', orderId, period)
  const [ordered, served] = answer as unknown as [bigint, bigint]
  return { ordered: powerW(ordered), served: powerW(served) }
}

/** What is called of the portfolio in the period, in the sequence of the calls' precedence. */
export async function readFlexCalls(
  ledger: Ledger,
  portfolioId: number,
  period: DeliveryPeriod,
): Promise<(FlexCall & { readonly orderId: number })[]> {
  const [calls] = (await readContract(ledger, 'flexOrders', 'callsOf', portfolioId, period)) as unknown as [
    readonly Record<'orderId' | 'ordered' | 'served', bigint>[],
  ]
  return calls.map(({ orderId, ordered, served }) => ({
    orderId: Number(orderId),
    ordered: powerW(ordered),
    served: powerW(served),
  }))
}

/** How many pairs of binding or cancelled orders and periods of the day call anything in the area. */
export async function readCallCount(ledger: Ledger, area: number, day: TradingDay): Promise<number> {
  const [count] = await readContract(ledger, 'flexOrders', 'callCountOf', area, day)
  return Number(count)
}

/** Orders are numbered from 1 to this. */
export async function readOrderCount(ledger: Ledger): Promise<number> {
  const [count] = await readContract(ledger, 'flexOrders', 'orderCount')
  return Number(count)
}

function numberOrNull(value: bigint): number | null {
  return value === 0n ? null : Number(value)
}
