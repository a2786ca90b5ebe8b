import { gateClosureOf, isTraded } from '../../domain/grid/calendar.ts'
import { recentSessionsOf } from '../../domain/neighbourhood/recent-sessions.ts'
import { deliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { Prisma, type Session } from '../generated/client.ts'
import type { AreaView } from './area.ts'
import { clearingPriceOf, readSessions, sessionSummaryOf, type PeriodPage } from './sessions.ts'

export type OrderState = 'placed' | 'in-session' | 'filled' | 'partly-filled' | 'unfilled' | 'left-out'

export type OrderView = {
  readonly digest: string
  readonly memberId: number
  readonly deliveryPeriod: number
  readonly side: 'bid' | 'offer'
  readonly quantityWh: bigint
  readonly limitPriceMicroEuroPerKwh: bigint
  readonly state: OrderState
  readonly receivedAt: number | null
  readonly filledWh: bigint | null
  readonly priceMicroEuroPerKwh: bigint | null
  readonly gateClosedTransaction: string | null
  readonly clearedTransaction: string | null
}

export type HouseholdOrderView = {
  readonly digest: string
  readonly side: 'bid' | 'offer'
  readonly quantityWh: bigint
  readonly limitPriceMicroEuroPerKwh: bigint
  readonly receivedAt: number | null
  readonly filledWh: bigint | null
}

export type HouseholdOrdersView = {
  readonly period: number
  readonly isSealed: boolean
  readonly orders: HouseholdOrderView[]
}

type OrderRow = HouseholdOrderView & { readonly memberId: number; readonly area: number; readonly period: number }

/** How many delivery periods one page looks through for orders: 30 days. */
const PERIODS_SEARCHED = 2_880

/** The order, for whoever knows its digest; null where nobody placed it. `now` in unix seconds. */
export async function readOrder(store: Store, area: AreaView, now: number, digest: string): Promise<OrderView | null> {
  const [order] = await selectOrders(store, Prisma.sql`o.digest = ${digest}`, Prisma.sql`f.digest = ${digest}`)
  if (order === undefined) return null
  const session = await store.client.session.findUnique({
    where: { area_period: { area: order.area, period: order.period } },
  })
  return {
    digest,
    memberId: order.memberId,
    deliveryPeriod: order.period,
    side: order.side,
    quantityWh: order.quantityWh,
    limitPriceMicroEuroPerKwh: order.limitPriceMicroEuroPerKwh,
    state: orderStateOf(order, session, isGateOpen(area, now, order.period, session)),
    receivedAt: order.receivedAt,
    filledWh: order.filledWh,
    priceMicroEuroPerKwh: clearingPriceOf(session),
    gateClosedTransaction: session?.gateClosedTransaction ?? null,
    clearedTransaction: session?.clearedTransaction ?? null,
  }
}

/** Delivery periods for which the household has orders, newest first; orders of open gates stay sealed. */
export async function listHouseholdOrders(
  store: Store,
  area: AreaView,
  now: number,
  memberId: number,
  { before, limit }: PeriodPage,
): Promise<{ items: HouseholdOrdersView[]; nextBefore: number | null }> {
  const span = recentSessionsOf(area.calendar, now, { before, limit: PERIODS_SEARCHED })
  if (span === null) return { items: [], nextBefore: null }
  const found = await store.client.$queryRaw<{ period: number }[]>`
    SELECT period FROM generate_series(${span.newest}::int, ${span.oldest}::int, -1) AS period
    WHERE EXISTS (SELECT FROM orders o WHERE o.area = ${area.id} AND o.period = period.period AND o.member_id = ${memberId})
      OR EXISTS (SELECT FROM fills f WHERE f.area = ${area.id} AND f.period = period.period AND f.member_id = ${memberId})
    LIMIT ${limit}`
  const periods = found.map(({ period }) => period)
  const nextBefore = periods.length === limit ? periods.at(-1)! : span.hasOlder ? span.oldest : null
  if (periods.length === 0) return { items: [], nextBefore }

  const [orders, sessions] = await Promise.all([
    readOrdersOf(store, area, memberId, periods),
    readSessions(store, area.id, periods.at(-1)!, periods[0]!),
  ])
  const items = periods.map((period) => {
    const isSealed = sessionSummaryOf(area.calendar, now, period, sessions.get(period)).state === 'open'
    return { period, isSealed, orders: isSealed ? [] : (orders.get(period) ?? []) }
  })
  return { items, nextBefore }
}

/** Every order of the member in the periods, sealed or not, by period. */
export async function readOrdersOf(
  store: Store,
  area: AreaView,
  memberId: number,
  periods: readonly number[],
): Promise<Map<number, HouseholdOrderView[]>> {
  const rows = await selectOrders(
    store,
    Prisma.sql`o.area = ${area.id} AND o.member_id = ${memberId} AND o.period = ANY(${periods}::int[])`,
    Prisma.sql`f.area = ${area.id} AND f.member_id = ${memberId} AND f.period = ANY(${periods}::int[])`,
  )
  const orders = new Map<number, HouseholdOrderView[]>()
  for (const { period, digest, side, quantityWh, limitPriceMicroEuroPerKwh, receivedAt, filledWh } of rows) {
    const order = { digest, side, quantityWh, limitPriceMicroEuroPerKwh, receivedAt, filledWh }
    orders.set(period, [...(orders.get(period) ?? []), order])
  }
  return orders
}

/** Orders received here together with those that are known from the ledger alone. */
function selectOrders(store: Store, where: Prisma.Sql, whereOnLedger: Prisma.Sql): Promise<OrderRow[]> {
  return store.client.$queryRaw<OrderRow[]>`
    SELECT o.digest, o.member_id AS "memberId", o.area, o.period, o.side, o.quantity_wh::bigint AS "quantityWh",
      o.limit_price_micro_euro_per_kwh::bigint AS "limitPriceMicroEuroPerKwh", o.received_at AS "receivedAt",
      f.filled_wh::bigint AS "filledWh"
    FROM orders o LEFT JOIN fills f USING (digest)
    WHERE ${where}
    UNION ALL
    SELECT f.digest, f.member_id, f.area, f.period, f.side, f.quantity_wh::bigint,
      f.limit_price_micro_euro_per_kwh::bigint, NULL::int, f.filled_wh::bigint
    FROM fills f
    WHERE ${whereOnLedger} AND NOT EXISTS (SELECT FROM orders o WHERE o.digest = f.digest)
    ORDER BY "memberId", period, side`
}

function orderStateOf(order: OrderRow, session: Session | null, isOpen: boolean): OrderState {
  if (order.filledWh !== null) {
    if (order.filledWh === order.quantityWh) return 'filled'
    return order.filledWh > 0n ? 'partly-filled' : 'unfilled'
  }
  if (session?.isCleared) return 'left-out'
  return isOpen ? 'placed' : 'in-session'
}

function isGateOpen(area: AreaView, now: number, period: number, session: Session | null): boolean {
  const traded = deliveryPeriod(period)
  return session === null && isTraded(area.calendar, traded) && now < gateClosureOf(area.calendar, traded)
}
