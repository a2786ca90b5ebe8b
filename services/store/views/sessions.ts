import { gateClosureOf, isTraded, type Calendar } from '../../domain/grid/calendar.ts'
import { recentSessionsOf } from '../../domain/neighbourhood/recent-sessions.ts'
import { sessionStateOf, type SessionState } from '../../domain/neighbourhood/session-state.ts'
import { deliveryPeriod, startOf } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { Session } from '../generated/client.ts'
import { readTariffOf, type AreaView, type TariffView } from './area.ts'

export type SessionSummaryView = {
  readonly period: number
  readonly startsAt: number
  readonly gateClosesAt: number
  readonly state: SessionState
  readonly orderCount: number | null
  readonly priceMicroEuroPerKwh: bigint | null
  readonly volumeWh: bigint | null
}

export type SessionView = SessionSummaryView & {
  readonly area: number
  readonly tariff: TariffView
  readonly ordersHash: string | null
  readonly fills: SessionFillView[]
  readonly readings: { root: string; count: number; importTotalWh: bigint; exportTotalWh: bigint } | null
  readonly settlement: {
    statementsRoot: string
    payments: { memberId: number; name: string; amountMicroEuro: bigint }[]
  } | null
  readonly transactions: {
    gateClosed: string | null
    cleared: string | null
    readingsCommitted: string | null
    settled: string | null
  }
}

type SessionFillView = {
  digest: string
  memberId: number
  name: string
  side: 'bid' | 'offer'
  quantityWh: bigint
  limitPriceMicroEuroPerKwh: bigint
  filledWh: bigint
}

export type PeriodPage = { readonly before?: number | undefined; readonly limit: number }

/** Sessions from the one whose gate closes next downwards; `now` in unix seconds. */
export async function listSessions(
  store: Store,
  area: AreaView,
  now: number,
  page: PeriodPage,
): Promise<{ items: SessionSummaryView[]; nextBefore: number | null }> {
  const span = recentSessionsOf(area.calendar, now, page)
  if (span === null) return { items: [], nextBefore: null }
  const sessions = await readSessions(store, area.id, span.oldest, span.newest)

  const items: SessionSummaryView[] = []
  for (let period: number = span.newest; period >= span.oldest; period--) {
    items.push(sessionSummaryOf(area.calendar, now, period, sessions.get(period)))
  }
  return { items, nextBefore: span.hasOlder ? span.oldest : null }
}

/** Sessions that have got as far as the ledger, by period; both ends inclusive. */
export async function readSessions(
  store: Store,
  area: number,
  oldest: number,
  newest: number,
): Promise<Map<number, Session>> {
  const rows = await store.client.session.findMany({ where: { area, period: { gte: oldest, lte: newest } } })
  return new Map(rows.map((row) => [row.period, row]))
}

export function sessionSummaryOf(
  calendar: Calendar,
  now: number,
  period: number,
  session: Session | undefined,
): SessionSummaryView {
  const traded = deliveryPeriod(period)
  const gateClosesAt = gateClosureOf(calendar, traded)
  return {
    period,
    startsAt: startOf(traded),
    gateClosesAt,
    state: stateOf(session, now >= gateClosesAt),
    orderCount: session?.orderCount ?? null,
    priceMicroEuroPerKwh: clearingPriceOf(session),
    volumeWh: session?.isCleared ? (session.volumeWh ?? 0n) : null,
  }
}

/** Micro-euro per kWh; null before clearing and where nothing was traded. */
export function clearingPriceOf(session: Session | null | undefined): bigint | null {
  const price = session?.priceMicroEuroPerKwh ?? null
  return price === null ? null : BigInt(price)
}

/** Null where the area does not trade the period. */
export async function readSession(
  store: Store,
  area: AreaView,
  now: number,
  period: number,
): Promise<SessionView | null> {
  if (!isTraded(area.calendar, deliveryPeriod(period))) return null
  const session = await store.client.session.findUnique({ where: { area_period: { area: area.id, period } } })
  const [tariff, fills, payments] = await Promise.all([
    readTariffOf(store, area, period),
    session === null ? [] : readFills(store, area.id, period),
    isSettled(session) ? readPayments(store, area.id, period) : [],
  ])
  return {
    ...sessionSummaryOf(area.calendar, now, period, session ?? undefined),
    area: area.id,
    tariff,
    ordersHash: session?.ordersHash ?? null,
    fills,
    readings: session && commitmentOf(session),
    settlement: session && settlementOf(session, payments),
    transactions: {
      gateClosed: session?.gateClosedTransaction ?? null,
      cleared: session?.clearedTransaction ?? null,
      readingsCommitted: session?.readingsTransaction ?? null,
      settled: session?.settledTransaction ?? null,
    },
  }
}

function stateOf(session: Session | undefined, isPastGateClosure: boolean): SessionState {
  return sessionStateOf({
    isGateClosed: isPastGateClosure || session !== undefined,
    isCleared: session?.isCleared ?? false,
    isMetered: (session?.readingsTransaction ?? null) !== null,
    isSettled: isSettled(session),
  })
}

function isSettled(session: Session | null | undefined): boolean {
  return (session?.settledTransaction ?? null) !== null
}

function commitmentOf(session: Session): SessionView['readings'] {
  if (session.readingsRoot === null) return null
  return {
    root: session.readingsRoot,
    count: session.readingCount ?? 0,
    importTotalWh: session.importTotalWh ?? 0n,
    exportTotalWh: session.exportTotalWh ?? 0n,
  }
}

function settlementOf(
  { statementsRoot }: Session,
  payments: NonNullable<SessionView['settlement']>['payments'],
): SessionView['settlement'] {
  return statementsRoot === null ? null : { statementsRoot, payments }
}

function readFills(store: Store, area: number, period: number): Promise<SessionFillView[]> {
  return store.client.$queryRaw<SessionFillView[]>`
    SELECT f.digest, f.member_id AS "memberId", coalesce(h.name, m.kind, 'member ' || f.member_id) AS name, f.side,
      f.quantity_wh::bigint AS "quantityWh", f.limit_price_micro_euro_per_kwh::bigint AS "limitPriceMicroEuroPerKwh",
      f.filled_wh::bigint AS "filledWh"
    FROM fills f LEFT JOIN households h USING (member_id) LEFT JOIN members m ON m.id = f.member_id
    WHERE f.area = ${area} AND f.period = ${period}
    ORDER BY f.member_id, f.side`
}

function readPayments(
  store: Store,
  area: number,
  period: number,
): Promise<{ memberId: number; name: string; amountMicroEuro: bigint }[]> {
  return store.client.$queryRaw`
    SELECT p.member_id AS "memberId", coalesce(h.name, m.kind, 'member ' || p.member_id) AS name,
      p.amount_micro_euro AS "amountMicroEuro"
    FROM payments p LEFT JOIN households h USING (member_id) LEFT JOIN members m ON m.id = p.member_id
    WHERE p.area = ${area} AND p.period = ${period}
    ORDER BY p.member_id`
}
