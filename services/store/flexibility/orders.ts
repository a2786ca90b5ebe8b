import { activationFactor } from '../../domain/flexibility/trading/activation-factor.ts'
import type { FlexOrder } from '../../domain/flexibility/trading/flex-order.ts'
import { flexPrice } from '../../domain/flexibility/trading/flex-price.ts'
import {
  deliveryPeriod,
  firstPeriodOf,
  lastPeriodOf,
  money,
  powerW,
  signedW,
  type DeliveryPeriod,
  type Money,
  type PowerW,
  type SignedW,
  type TradingDay,
} from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { FlexOrder as OrderRow, FlexOrderPeriod, Prisma } from '../generated/client.ts'

/** What an order calls in a period. */
export type PlacedCall = {
  readonly period: DeliveryPeriod
  /** As a deviation from the baseline; what is against the product's direction is rebound. */
  readonly power: SignedW
  /** In the product's direction: ordered, and what other services leave of it. */
  readonly ordered: PowerW
  readonly served: PowerW
}

/** An order as the ledger has it; the rules call it, its offer and its contract by the ledger's numbers as text. */
export type PlacedOrder = {
  readonly orderId: number
  readonly state: 'binding' | 'annulled' | 'cancelled'
  /** Whether it only tests that a reserve is available. */
  readonly isTest: boolean
  readonly portfolioId: number
  readonly productId: number
  readonly pointId: number
  readonly offerId: number | null
  readonly reservationId: number | null
  /** What the aggregator has pledged for it still, in micro-euro. */
  readonly pledge: Money
  /** Unix seconds. */
  readonly orderedAt: number
  readonly orderedTransaction: string
  readonly order: FlexOrder
  /** Ascending. */
  readonly calls: readonly PlacedCall[]
}

export type OrderFilter = {
  readonly area?: number
  readonly portfolioId?: number
  readonly productId?: number
  readonly pointId?: number
  readonly offerId?: number
  readonly reservationId?: number
  readonly requestId?: number
  readonly state?: PlacedOrder['state']
  /** Orders that name a period from the first to the second, inclusive. */
  readonly from?: DeliveryPeriod
  readonly to?: DeliveryPeriod
}

/** Ascending by number. */
export async function listOrders(store: Store, filter: OrderFilter): Promise<PlacedOrder[]> {
  const { area, requestId, from, to, ...where } = filter
  const conditions: Prisma.FlexOrderWhereInput[] = [where]
  if (area !== undefined) {
    const points = await store.client.congestionPoint.findMany({ where: { area }, select: { id: true } })
    conditions.push({ pointId: { in: points.map(({ id }) => id) } })
  }
  if (requestId !== undefined) {
    const offers = await store.client.flexOffer.findMany({ where: { requestId }, select: { id: true } })
    conditions.push({ offerId: { in: offers.map(({ id }) => id) } })
  }
  if (from !== undefined || to !== undefined) {
    const named = await store.client.flexOrderPeriod.findMany({
      where: { period: { gte: from ?? 0, ...(to === undefined ? {} : { lte: to }) } },
      distinct: ['orderId'],
      select: { orderId: true },
    })
    conditions.push({ id: { in: named.map(({ orderId }) => orderId) } })
  }
  const rows = await store.client.flexOrder.findMany({ where: { AND: conditions }, orderBy: { id: 'asc' } })
  return placedOrdersOf(store, rows)
}

export async function findFlexOrder(store: Store, orderId: number): Promise<PlacedOrder | null> {
  const row = await store.client.flexOrder.findUnique({ where: { id: orderId } })
  return row === null ? null : (await placedOrdersOf(store, [row]))[0]!
}

/** The area's orders, binding or cancelled, that call anything on the day; ascending by number. */
export async function listOrdersCalling(store: Store, area: number, day: TradingDay): Promise<PlacedOrder[]> {
  const orders = await listOrders(store, { area, from: firstPeriodOf(day), to: lastPeriodOf(day) })
  const isOfDay = ({ period, ordered }: PlacedCall) =>
    ordered > 0n && period >= firstPeriodOf(day) && period <= lastPeriodOf(day)
  return orders.filter(({ state, calls }) => state !== 'annulled' && calls.some(isOfDay))
}

/** The days on which orders of the area, binding or cancelled, call anything; ascending. */
export async function listCalledDays(store: Store, area: number): Promise<TradingDay[]> {
  const rows = await store.client.$queryRaw<{ day: number }[]>`
    SELECT DISTINCT (call.period / 96)::int AS day FROM flex_order_periods AS call
    JOIN flex_orders AS placed ON placed.id = call.order_id
    JOIN congestion_points AS point ON point.id = placed.point_id
    WHERE point.area = ${area} AND placed.state <> 'annulled' AND call.ordered_w > 0
    ORDER BY day`
  return rows.map(({ day }) => day as TradingDay)
}

async function placedOrdersOf(store: Store, rows: readonly OrderRow[]): Promise<PlacedOrder[]> {
  const all = await store.client.flexOrderPeriod.findMany({
    where: { orderId: { in: rows.map(({ id }) => id) } },
    orderBy: [{ orderId: 'asc' }, { period: 'asc' }],
  })
  const byOrder = Map.groupBy(all, ({ orderId }) => orderId)
  return rows.map((row) => placedOrderOf(row, (byOrder.get(row.id) ?? []).map(callOf)))
}

function placedOrderOf(row: OrderRow, calls: readonly PlacedCall[]): PlacedOrder {
  return {
    orderId: row.id,
    state: row.state === 'annulled' || row.state === 'cancelled' ? row.state : 'binding',
    isTest: row.isTest,
    portfolioId: row.portfolioId,
    productId: row.productId,
    pointId: row.pointId,
    offerId: row.offerId,
    reservationId: row.reservationId,
    pledge: money(row.pledgeMicroEuro),
    orderedAt: row.orderedAt,
    orderedTransaction: row.orderedTransaction,
    order: {
      id: String(row.id),
      offer: row.offerId === null ? null : String(row.offerId),
      contract: row.reservationId === null ? null : String(row.reservationId),
      option: row.option === null ? null : String(row.option),
      reference: row.reference,
      activationFactor: activationFactor(row.factor),
      price: flexPrice(row.priceMicroEuro),
      periods: calls.map(({ period, power }) => ({ period, power })),
    },
    calls,
  }
}

function callOf({ period, powerW: power, orderedW, servedW }: FlexOrderPeriod): PlacedCall {
  return {
    period: deliveryPeriod(Number(period)),
    power: signedW(power),
    ordered: powerW(orderedW),
    served: powerW(servedW),
  }
}
