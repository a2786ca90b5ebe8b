import { gateClosureOf, isTraded, type Calendar } from '../../domain/grid/calendar.ts'
import { recentSessionsOf } from '../../domain/neighbourhood/recent-sessions.ts'
import { sessionStateOf, type SessionState } from '../../domain/neighbourhood/session-state.ts'
import { deliveryPeriod, startOf, tradingDayOf } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { Session } from '../generated/client.ts'
import { TRADERS_SQL } from '../traders.ts'
import { readTariffOf, type AreaView, type TariffView } from './area.ts'
import { daySettlementOf, readRuns, type DaySettlementView } from './settlement.ts'

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
  /** Who closed the gate: the market operator, or the member that acted in its place. */
  readonly closedBy: { address: string; memberId: number | null; name: string | null } | null
  readonly ledgerOrderCount: number | null
  readonly voidOrderCount: number | null
  /** Whether its traders are numbers of the day, and not those of the members. */
  readonly areTradersSealed: boolean
  readonly fills: SessionFillView[]
  readonly readings: {
    root: string
    version: number
    count: number
    importTotalWh: bigint
    exportTotalWh: bigint
  } | null
  /** Of the session's day; null until its statements are drawn up. */
  readonly settlement: (DaySettlementView & { readonly statements: SessionStatementView[] }) | null
  readonly transactions: {
    gateClosed: string | null
    cleared: string | null
    readingsCommitted: string | null
  }
}

/** What a member pays for the delivery period, by its latest statement. */
export type SessionStatementView = {
  readonly memberId: number
  readonly name: string
  readonly run: number
  readonly quality: 'metered' | 'estimated' | 'none'
  readonly totalMicroEuro: bigint
}

/** A session, and whether its day's initial settlement is paid. */
export type SessionRow = Session & { readonly isSettled: boolean }

export type SessionFillView = {
  digest: string
  /** The number under which it is on the ledger. */
  trader: number
  /** Whose number that is; null for whoever may not know, and where its data were erased. */
  memberId: number | null
  name: string
  side: 'bid' | 'offer'
  quantityWh: bigint
  limitPriceMicroEuroPerKwh: bigint
  isFromLedger: boolean
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
): Promise<Map<number, SessionRow>> {
  const days = { gte: dayOf(oldest), lte: dayOf(newest) }
  const [rows, runs] = await Promise.all([
    store.client.session.findMany({ where: { area, period: { gte: oldest, lte: newest } } }),
    store.client.settlementRun.findMany({
      where: { area, day: days, run: 0, paidAt: { not: null } },
      select: { day: true },
    }),
  ])
  const settled = new Set(runs.map(({ day }) => day))
  return new Map(rows.map((row) => [row.period, { ...row, isSettled: settled.has(dayOf(row.period)) }]))
}

function dayOf(period: number): number {
  return tradingDayOf(deliveryPeriod(period))
}

export function sessionSummaryOf(
  calendar: Calendar,
  now: number,
  period: number,
  session: SessionRow | undefined,
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
  const session = (await readSessions(store, area.id, period, period)).get(period)
  const [tariff, closedBy, day, fills, settlement] = await Promise.all([
    readTariffOf(store, area, period),
    session === undefined ? null : readClosedBy(store, session),
    store.client.tradingDay.findUnique({ where: { area_day: { area: area.id, day: dayOf(period) } } }),
    session === undefined ? [] : readFills(store, area.id, period),
    session === undefined ? null : readSettlement(store, area, period),
  ])
  return {
    ...sessionSummaryOf(area.calendar, now, period, session),
    area: area.id,
    tariff,
    ordersHash: session?.ordersHash ?? null,
    closedBy,
    ledgerOrderCount: session?.ledgerOrderCount ?? null,
    voidOrderCount: session?.voidOrderCount ?? null,
    areTradersSealed: day?.isSealed ?? false,
    fills,
    readings: session === undefined ? null : commitmentOf(session),
    settlement,
    transactions: {
      gateClosed: session?.gateClosedTransaction ?? null,
      cleared: session?.clearedTransaction ?? null,
      readingsCommitted: session?.readingsTransaction ?? null,
    },
  }
}

function stateOf(session: SessionRow | undefined, isPastGateClosure: boolean): SessionState {
  return sessionStateOf({
    isGateClosed: isPastGateClosure || session !== undefined,
    isCleared: session?.isCleared ?? false,
    isMetered: (session?.readingsTransaction ?? null) !== null,
    isSettled: session?.isSettled ?? false,
  })
}

function commitmentOf(session: Session): SessionView['readings'] {
  if (session.readingsRoot === null) return null
  return {
    root: session.readingsRoot,
    version: session.readingsVersion ?? 0,
    count: session.readingCount ?? 0,
    importTotalWh: session.importTotalWh ?? 0n,
    exportTotalWh: session.exportTotalWh ?? 0n,
  }
}

async function readSettlement(store: Store, area: AreaView, period: number): Promise<SessionView['settlement']> {
  const day = dayOf(period)
  const [runs, statements] = await Promise.all([
    readRuns(store, area, day, day),
    readStatements(store, area.id, period),
  ])
  const ofDay = runs.get(day)
  return ofDay === undefined && statements.length === 0 ? null : { ...daySettlementOf(day, ofDay), statements }
}

async function readClosedBy(
  store: Store,
  { closedBy: address, closedByMember: id }: Pick<Session, 'closedBy' | 'closedByMember'>,
): Promise<SessionView['closedBy']> {
  const member = id === null ? null : await store.client.member.findUnique({ where: { id } })
  if (member === null) return { address, memberId: null, name: null }
  const household = await store.client.household.findUnique({ where: { memberId: member.id }, select: { name: true } })
  return { address, memberId: member.id, name: household?.name ?? member.kind }
}

function readFills(store: Store, area: number, period: number): Promise<SessionFillView[]> {
  return store.client.$queryRaw<SessionFillView[]>`
    SELECT f.digest, f.trader, t.member_id AS "memberId", coalesce(h.name, m.kind, 'trader ' || f.trader) AS name, f.side,
      f.quantity_wh::bigint AS "quantityWh", f.limit_price_micro_euro_per_kwh::bigint AS "limitPriceMicroEuroPerKwh",
      f.is_from_ledger AS "isFromLedger", f.filled_wh::bigint AS "filledWh"
    FROM fills f
    LEFT JOIN ${TRADERS_SQL} t ON t.area = f.area AND t.day = f.period / 96 AND t.trader = f.trader
    LEFT JOIN households h ON h.member_id = t.member_id
    LEFT JOIN members m ON m.id = t.member_id
    WHERE f.area = ${area} AND f.period = ${period}
    ORDER BY f.trader, f.side`
}

function readStatements(store: Store, area: number, period: number): Promise<SessionStatementView[]> {
  return store.client.$queryRaw<SessionStatementView[]>`
    SELECT DISTINCT ON (s.member_id) s.member_id AS "memberId",
      coalesce(h.name, m.kind, 'member ' || s.member_id) AS name, s.run, s.quality,
      s.energy_micro_euro + s.imbalance_micro_euro + s.grid_tariff_micro_euro + s.levies_micro_euro
        + s.platform_fee_micro_euro AS "totalMicroEuro"
    FROM statements s LEFT JOIN households h USING (member_id) LEFT JOIN members m ON m.id = s.member_id
    WHERE s.area = ${area} AND s.period = ${period}
    ORDER BY s.member_id, s.run DESC`
}
