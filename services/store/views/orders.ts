import { gateClosureOf, isTraded } from '../../domain/grid/calendar.ts'
import { recentSessionsOf } from '../../domain/neighbourhood/recent-sessions.ts'
import { isSealedIn, type SessionState } from '../../domain/neighbourhood/session-state.ts'
import { deliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { Prisma, type Session } from '../generated/client.ts'
import { TRADERS_SQL } from '../traders.ts'
import type { AreaView } from './area.ts'
import { clearingPriceOf, readSessions, sessionSummaryOf, type PeriodPage } from './sessions.ts'

/** See the api's description of each. */
export type OrderState =
  'placed' | 'superseded' | 'cancelled' | 'in-session' | 'filled' | 'partly-filled' | 'unfilled' | 'left-out'

export type OrderView = {
  readonly digest: string
  readonly area: number
  /** The number under which it is on the ledger. */
  readonly trader: number
  /** Null where that number is nobody's any more, since its member's data were erased. */
  readonly memberId: number | null
  readonly deliveryPeriod: number
  readonly side: 'bid' | 'offer'
  readonly quantityWh: bigint
  readonly limitPriceMicroEuroPerKwh: bigint
  readonly expiry: number
  readonly salt: string
  /** Until its session is cleared nobody is shown what an order says. */
  readonly isSealed: boolean
  /** `left-out` wherever the cleared session does not know the order, for whatever reason. */
  readonly state: OrderState
  readonly receivedAt: number | null
  readonly filledWh: bigint | null
  readonly priceMicroEuroPerKwh: bigint | null
  readonly gateClosedTransaction: string | null
  readonly clearedTransaction: string | null
  /** Null for an order that did not come through the api. */
  readonly accepted: AcceptedOrderView | null
}

/** What the api keeps of an order beside what was signed. */
export type AcceptedOrderView = {
  readonly signature: string
  readonly signingKey: string
  readonly position: number
  /** Null for an order that only a contract can verify. */
  readonly receipt: string | null
  /** Gate closure. */
  readonly deadline: number
}

export type HouseholdOrderView = {
  readonly digest: string
  readonly side: 'bid' | 'offer'
  readonly quantityWh: bigint
  readonly limitPriceMicroEuroPerKwh: bigint
  readonly receivedAt: number | null
  readonly isSuperseded: boolean
  readonly filledWh: bigint | null
}

export type HouseholdOrdersView = {
  readonly period: number
  readonly sessionState: SessionState
  readonly isSealed: boolean
  readonly orders: HouseholdOrderView[]
}

type OrderRow = Omit<HouseholdOrderView, 'isSuperseded'> & {
  readonly trader: number
  readonly memberId: number | null
  readonly area: number
  readonly period: number
  readonly expiry: bigint
  readonly salt: string
  readonly signature: string | null
  readonly signingKey: string | null
  readonly position: number | null
  readonly receipt: string | null
  /** Of the order that counts in its place, with the greatest salt of all; null where this one counts. */
  readonly replacingWh: bigint | null
}

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
    area: order.area,
    trader: order.trader,
    memberId: order.memberId,
    deliveryPeriod: order.period,
    side: order.side,
    quantityWh: order.quantityWh,
    limitPriceMicroEuroPerKwh: order.limitPriceMicroEuroPerKwh,
    expiry: Number(order.expiry),
    salt: order.salt,
    isSealed: !(session?.isCleared ?? false),
    state: orderStateOf(order, session, isGateOpen(area, now, order.period, session)),
    receivedAt: order.receivedAt,
    filledWh: order.filledWh,
    priceMicroEuroPerKwh: clearingPriceOf(session),
    gateClosedTransaction: session?.gateClosedTransaction ?? null,
    clearedTransaction: session?.clearedTransaction ?? null,
    accepted: acceptedOf(area, order),
  }
}

/** Delivery periods for which the household has orders, newest first; their orders stay sealed until cleared. */
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
    JOIN ${TRADERS_SQL} t ON t.area = ${area.id} AND t.day = period.period / 96 AND t.member_id = ${memberId}
    WHERE EXISTS (SELECT FROM orders o WHERE o.area = t.area AND o.period = period.period AND o.trader = t.trader)
      OR EXISTS (SELECT FROM fills f WHERE f.area = t.area AND f.period = period.period AND f.trader = t.trader)
    ORDER BY period.period DESC LIMIT ${limit}`
  const periods = found.map(({ period }) => period)
  const nextBefore = periods.length === limit ? periods.at(-1)! : span.hasOlder ? span.oldest : null
  if (periods.length === 0) return { items: [], nextBefore }

  const [orders, sessions] = await Promise.all([
    readOrdersOf(store, area, memberId, periods),
    readSessions(store, area.id, periods.at(-1)!, periods[0]!),
  ])
  const items = periods.map((period) => {
    const { state: sessionState } = sessionSummaryOf(area.calendar, now, period, sessions.get(period))
    const isSealed = isSealedIn(sessionState)
    return { period, sessionState, isSealed, orders: isSealed ? [] : (orders.get(period) ?? []) }
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
  const rows = await selectOrders(store, ordersOf(area, memberId, periods, 'o'), ordersOf(area, memberId, periods, 'f'))
  const orders = new Map<number, HouseholdOrderView[]>()
  for (const { period, digest, side, quantityWh, limitPriceMicroEuroPerKwh, receivedAt, filledWh, ...row } of rows) {
    const isSuperseded = filledWh === null && row.replacingWh !== null
    const order = { digest, side, quantityWh, limitPriceMicroEuroPerKwh, receivedAt, isSuperseded, filledWh }
    orders.set(period, [...(orders.get(period) ?? []), order])
  }
  return orders
}

/** Of the member in the periods: in each under the number that it has on that day. */
function ordersOf(area: AreaView, memberId: number, periods: readonly number[], table: 'o' | 'f'): Prisma.Sql {
  const row = Prisma.raw(table)
  return Prisma.sql`(${row}.period, ${row}.trader) IN (
    SELECT wanted.period, t.trader
    FROM unnest(${periods}::int[]) AS wanted (period)
    JOIN ${TRADERS_SQL} t ON t.area = ${area.id} AND t.day = wanted.period / 96 AND t.member_id = ${memberId}
  ) AND ${row}.area = ${area.id}`
}

/** Orders received here together with those that are known from the ledger alone. */
function selectOrders(store: Store, where: Prisma.Sql, whereOnLedger: Prisma.Sql): Promise<OrderRow[]> {
  return store.client.$queryRaw<OrderRow[]>`
    WITH found AS (
      SELECT o.digest, o.trader, o.area, o.period, o.side, o.quantity_wh, o.limit_price_micro_euro_per_kwh, o.expiry,
        o.salt, o.signature, o.signing_key, o.position, o.receipt, o.received_at, f.filled_wh
      FROM orders o LEFT JOIN fills f USING (digest)
      WHERE ${where}
      UNION ALL
      SELECT f.digest, f.trader, f.area, f.period, f.side, f.quantity_wh, f.limit_price_micro_euro_per_kwh, f.expiry,
        f.salt, NULL, NULL, NULL, NULL, NULL, f.filled_wh
      FROM fills f
      WHERE ${whereOnLedger} AND NOT EXISTS (SELECT FROM orders o WHERE o.digest = f.digest)
    )
    SELECT o.digest, o.trader, t.member_id AS "memberId", o.area, o.period, o.side, o.quantity_wh::bigint AS "quantityWh",
      o.limit_price_micro_euro_per_kwh::bigint AS "limitPriceMicroEuroPerKwh", o.expiry, o.salt, o.signature,
      o.signing_key AS "signingKey", o.position, o.receipt, o.received_at AS "receivedAt",
      o.filled_wh::bigint AS "filledWh", replacing.quantity_wh::bigint AS "replacingWh"
    FROM found o
    LEFT JOIN ${TRADERS_SQL} t ON t.area = o.area AND t.day = o.period / 96 AND t.trader = o.trader
    LEFT JOIN LATERAL (
      SELECT other.quantity_wh
      FROM (
        SELECT area, period, trader, side, salt, quantity_wh FROM orders
        UNION ALL SELECT area, period, trader, side, salt, quantity_wh FROM fills
      ) AS other
      WHERE other.area = o.area AND other.period = o.period AND other.trader = o.trader AND other.side = o.side
        AND other.salt::numeric > o.salt::numeric
      ORDER BY other.salt::numeric DESC LIMIT 1
    ) AS replacing ON true
    ORDER BY o.trader, period, side, o.salt::numeric`
}

function orderStateOf(order: OrderRow, session: Session | null, isOpen: boolean): OrderState {
  if (order.filledWh === null && order.replacingWh !== null) {
    return order.replacingWh === 0n ? 'cancelled' : 'superseded'
  }
  if (order.quantityWh === 0n) return 'cancelled'
  if (order.filledWh !== null) {
    if (order.filledWh === order.quantityWh) return 'filled'
    return order.filledWh > 0n ? 'partly-filled' : 'unfilled'
  }
  if (session?.isCleared) return 'left-out'
  return isOpen ? 'placed' : 'in-session'
}

function acceptedOf(area: AreaView, order: OrderRow): AcceptedOrderView | null {
  const { signature, signingKey, position, receipt } = order
  if (signature === null || signingKey === null || position === null) return null
  const deadline = gateClosureOf(area.calendar, deliveryPeriod(order.period))
  return { signature, signingKey, position, receipt, deadline }
}

function isGateOpen(area: AreaView, now: number, period: number, session: Session | null): boolean {
  const traded = deliveryPeriod(period)
  return session === null && isTraded(area.calendar, traded) && now < gateClosureOf(area.calendar, traded)
}
