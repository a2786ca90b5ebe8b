import { recentSessionsOf } from '../../domain/neighbourhood/recent-sessions.ts'
import { savingOf } from '../../domain/neighbourhood/saving.ts'
import type { SessionState } from '../../domain/neighbourhood/session-state.ts'
import { money, PERIODS_PER_DAY } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { Prisma } from '../generated/client.ts'
import type { AreaView } from './area.ts'
import { readSessions, sessionSummaryOf, type PeriodPage } from './sessions.ts'

export type HouseholdView = {
  readonly memberId: number
  readonly name: string
  readonly account: string
  readonly tradingKey: string
  readonly meterKey: string
  readonly quantityLimitWh: bigint
  readonly connectionCapacityW: number
  readonly pvCapacityW: number
  readonly activeUntil: number | null
  readonly balanceMicroEuro: bigint
  readonly debtMicroEuro: bigint
}

export type StatementLinesView = {
  readonly marketMicroEuro: bigint
  readonly imbalanceMicroEuro: bigint
  readonly gridTariffMicroEuro: bigint
  readonly totalMicroEuro: bigint
  readonly tariffOnlyMicroEuro: bigint | null
  readonly savingMicroEuro: bigint | null
}

export type HouseholdPeriodView = {
  readonly period: number
  readonly sessionState: SessionState
  readonly reading: { importWh: bigint; exportWh: bigint } | null
  readonly fills: PeriodFillView[]
  readonly boughtWh: bigint
  readonly soldWh: bigint
  readonly priceMicroEuroPerKwh: bigint | null
  readonly statement: StatementLinesView | null
  readonly paymentMicroEuro: bigint | null
}

type PeriodFillView = {
  readonly digest: string
  readonly side: 'bid' | 'offer'
  readonly quantityWh: bigint
  readonly limitPriceMicroEuroPerKwh: bigint
  readonly filledWh: bigint
}

export type HouseholdSummaryView = {
  readonly memberId: number
  readonly name: string
  readonly days: number
  readonly firstPeriod: number | null
  readonly lastPeriod: number | null
  readonly periodCount: number
  readonly periodsWithoutReading: number
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly boughtWh: bigint
  readonly soldWh: bigint
  readonly marketMicroEuro: bigint
  readonly imbalanceMicroEuro: bigint
  readonly gridTariffMicroEuro: bigint
  readonly totalMicroEuro: bigint
  readonly tariffOnlyMicroEuro: bigint
  readonly savingMicroEuro: bigint
  readonly balanceMicroEuro: bigint
  readonly debtMicroEuro: bigint
}

/** Ascending by member, from above `after`. */
export async function listHouseholds(
  store: Store,
  area: AreaView,
  { after = 0, limit }: { after?: number | undefined; limit: number },
): Promise<{ items: HouseholdView[]; nextAfter: number | null }> {
  const rows = await selectHouseholds(store, area, Prisma.sql`h.member_id > ${after}`, limit + 1)
  const items = rows.slice(0, limit)
  return { items, nextAfter: rows.length > limit ? items.at(-1)!.memberId : null }
}

/** Null where the area has no such household. */
export async function readHousehold(store: Store, area: AreaView, memberId: number): Promise<HouseholdView | null> {
  const [row] = await selectHouseholds(store, area, Prisma.sql`h.member_id = ${memberId}`, 1)
  return row ?? null
}

function selectHouseholds(store: Store, area: AreaView, where: Prisma.Sql, limit: number): Promise<HouseholdView[]> {
  return store.client.$queryRaw<HouseholdView[]>`
    SELECT h.member_id AS "memberId", h.name, h.account, h.trading_key AS "tradingKey", h.meter_key AS "meterKey",
      coalesce(m.quantity_limit_wh, 0)::bigint AS "quantityLimitWh", h.connection_capacity_w AS "connectionCapacityW",
      h.pv_capacity_w AS "pvCapacityW", m.active_until AS "activeUntil",
      coalesce(m.balance_micro_euro, 0) AS "balanceMicroEuro", coalesce(m.debt_micro_euro, 0) AS "debtMicroEuro"
    FROM households h LEFT JOIN members m ON m.id = h.member_id
    WHERE h.area = ${area.id} AND ${where}
    ORDER BY h.member_id LIMIT ${limit}`
}

/** A household's quarter-hours from the session whose gate closes next downwards; `now` in unix seconds. */
export async function listHouseholdPeriods(
  store: Store,
  area: AreaView,
  now: number,
  memberId: number,
  page: PeriodPage,
): Promise<{ items: HouseholdPeriodView[]; nextBefore: number | null }> {
  const span = recentSessionsOf(area.calendar, now, page)
  if (span === null) return { items: [], nextBefore: null }
  const where = { memberId, period: { gte: span.oldest, lte: span.newest } }
  const [sessions, leaves, fills, statements, payments] = await Promise.all([
    readSessions(store, area.id, span.oldest, span.newest),
    store.client.readingLeaf.findMany({ where }),
    store.client.fill.findMany({ where, orderBy: { side: 'asc' } }),
    store.client.statement.findMany({ where }),
    store.client.payment.findMany({ where }),
  ])
  const leafOf = new Map(leaves.map((leaf) => [leaf.period, leaf]))
  const fillsOf = Map.groupBy(fills, ({ period }) => period)
  const statementOf = new Map(statements.map((statement) => [statement.period, statement]))
  const paymentOf = new Map(payments.map((payment) => [payment.period, payment.amountMicroEuro]))

  const items: HouseholdPeriodView[] = []
  for (let period: number = span.newest; period >= span.oldest; period--) {
    const session = sessionSummaryOf(area.calendar, now, period, sessions.get(period))
    const leaf = leafOf.get(period)
    const statement = statementOf.get(period)
    const periodFills = (fillsOf.get(period) ?? []).map(fillViewOf)
    items.push({
      period,
      sessionState: session.state,
      reading:
        leaf === undefined
          ? null
          : { importWh: leaf.importEndWh - leaf.importStartWh, exportWh: leaf.exportEndWh - leaf.exportStartWh },
      fills: periodFills,
      boughtWh: filledOn('bid', periodFills),
      soldWh: filledOn('offer', periodFills),
      priceMicroEuroPerKwh: session.priceMicroEuroPerKwh,
      statement: statement === undefined ? null : statementLinesOf(statement),
      paymentMicroEuro: session.state === 'settled' ? (paymentOf.get(period) ?? 0n) : null,
    })
  }
  return { items, nextBefore: span.hasOlder ? span.oldest : null }
}

/** What a household paid over the days (of 96 periods) that end with the last settled period. Null for no household. */
export async function readHouseholdSummary(
  store: Store,
  area: AreaView,
  memberId: number,
  days: number,
): Promise<HouseholdSummaryView | null> {
  const household = await readHousehold(store, area, memberId)
  if (household === null) return null
  const last = await store.client.session.findFirst({
    where: { area: area.id, settledTransaction: { not: null } },
    orderBy: { period: 'desc' },
    select: { period: true },
  })
  const to = last?.period ?? 0
  const from = Math.max(0, to - days * PERIODS_PER_DAY + 1)
  const [sums] = await store.client.$queryRaw<Omit<HouseholdSummaryView, 'memberId' | 'name' | 'days'>[]>`
    SELECT min(x.period) AS "firstPeriod", max(x.period) AS "lastPeriod", count(*)::int AS "periodCount",
      (count(*) - count(s.import_wh))::int AS "periodsWithoutReading",
      coalesce(sum(s.import_wh), 0)::bigint AS "importWh", coalesce(sum(s.export_wh), 0)::bigint AS "exportWh",
      coalesce(sum(s.bought_wh), 0)::bigint AS "boughtWh", coalesce(sum(s.sold_wh), 0)::bigint AS "soldWh",
      coalesce(sum(s.market_micro_euro), 0)::bigint AS "marketMicroEuro",
      coalesce(sum(s.imbalance_micro_euro), 0)::bigint AS "imbalanceMicroEuro",
      coalesce(sum(s.grid_tariff_micro_euro), 0)::bigint AS "gridTariffMicroEuro",
      coalesce(sum(s.market_micro_euro + s.imbalance_micro_euro + s.grid_tariff_micro_euro), 0)::bigint
        AS "totalMicroEuro",
      coalesce(sum(s.tariff_only_micro_euro), 0)::bigint AS "tariffOnlyMicroEuro",
      coalesce(sum(s.tariff_only_micro_euro - s.market_micro_euro - s.imbalance_micro_euro - s.grid_tariff_micro_euro),
        0)::bigint AS "savingMicroEuro"
    FROM sessions x LEFT JOIN statements s ON s.member_id = ${memberId} AND s.period = x.period
    WHERE x.area = ${area.id} AND x.period BETWEEN ${from} AND ${to} AND x.settled_transaction IS NOT NULL`
  return {
    memberId,
    name: household.name,
    days,
    ...sums!,
    balanceMicroEuro: household.balanceMicroEuro,
    debtMicroEuro: household.debtMicroEuro,
  }
}

/** The lines of a statement with their total, and what they save against the tariff alone. */
export function statementLinesOf(lines: {
  marketMicroEuro: bigint
  imbalanceMicroEuro: bigint
  gridTariffMicroEuro: bigint
  tariffOnlyMicroEuro: bigint | null
}): StatementLinesView {
  const { marketMicroEuro, imbalanceMicroEuro, gridTariffMicroEuro, tariffOnlyMicroEuro } = lines
  const total = money(marketMicroEuro + imbalanceMicroEuro + gridTariffMicroEuro)
  return {
    marketMicroEuro,
    imbalanceMicroEuro,
    gridTariffMicroEuro,
    totalMicroEuro: total,
    tariffOnlyMicroEuro,
    savingMicroEuro: savingOf(tariffOnlyMicroEuro === null ? null : money(tariffOnlyMicroEuro), total),
  }
}

function fillViewOf(fill: {
  digest: string
  side: string
  quantityWh: number
  limitPriceMicroEuroPerKwh: number
  filledWh: number
}): PeriodFillView {
  return {
    digest: fill.digest,
    side: fill.side === 'bid' ? 'bid' : 'offer',
    quantityWh: BigInt(fill.quantityWh),
    limitPriceMicroEuroPerKwh: BigInt(fill.limitPriceMicroEuroPerKwh),
    filledWh: BigInt(fill.filledWh),
  }
}

function filledOn(side: 'bid' | 'offer', fills: readonly PeriodFillView[]): bigint {
  return fills.reduce((sum, fill) => (fill.side === side ? sum + fill.filledWh : sum), 0n)
}
