import { recentSessionsOf } from '../../domain/neighbourhood/recent-sessions.ts'
import type { SessionState } from '../../domain/neighbourhood/session-state.ts'
import type { SettlementState } from '../../domain/neighbourhood/settlement-state.ts'
import { tradingDayOf, type DeliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { ReadingLeaf, Statement } from '../generated/client.ts'
import { TRADERS_SQL } from '../traders.ts'
import type { AreaView } from './area.ts'
import { readSessions, sessionSummaryOf, type PeriodPage } from './sessions.ts'
import { daySettlementOf, readRuns } from './settlement.ts'
import { statementLinesOf, type StatementLinesView } from './statement-lines.ts'

export type HouseholdPeriodView = {
  readonly period: number
  readonly sessionState: SessionState
  readonly reading: PeriodReadingView | null
  readonly fills: PeriodFillView[]
  readonly boughtWh: bigint
  readonly soldWh: bigint
  readonly priceMicroEuroPerKwh: bigint | null
  readonly statement: PeriodStatementView | null
}

type PeriodReadingView = {
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly quality: 'metered' | 'estimated'
  /** 0 is what was known at the reading deadline. */
  readonly version: number
}

/** A household's latest statement of a delivery period, and how far the settlement of its day has come. */
export type PeriodStatementView = StatementLinesView & {
  readonly run: number
  readonly quality: 'metered' | 'estimated' | 'none'
  readonly settlementState: SettlementState
}

type PeriodFillRow = PeriodFillView & { readonly period: number }

type PeriodFillView = {
  readonly digest: string
  readonly side: 'bid' | 'offer'
  readonly quantityWh: bigint
  readonly limitPriceMicroEuroPerKwh: bigint
  readonly filledWh: bigint
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
  const [sessions, runs, leaves, fills, statements] = await Promise.all([
    readSessions(store, area.id, span.oldest, span.newest),
    readRuns(store, area, tradingDayOf(span.oldest), tradingDayOf(span.newest)),
    store.client.readingLeaf.findMany({ where, orderBy: { version: 'asc' } }),
    readFillsOf(store, area, memberId, span),
    store.client.statement.findMany({ where, orderBy: { run: 'asc' } }),
  ])
  // Of several versions of a reading, and of the statements of several runs, the last one stays.
  const leafOf = new Map(leaves.map((leaf) => [leaf.period, leaf]))
  const statementOf = new Map(statements.map((statement) => [statement.period, statement]))
  const fillsOf = Map.groupBy(fills, ({ period }) => period)

  const items: HouseholdPeriodView[] = []
  for (let period: number = span.newest; period >= span.oldest; period--) {
    const session = sessionSummaryOf(area.calendar, now, period, sessions.get(period))
    const leaf = leafOf.get(period)
    const statement = statementOf.get(period)
    const day = tradingDayOf(period as DeliveryPeriod)
    const periodFills = (fillsOf.get(period) ?? []).map(fillOf)
    items.push({
      period,
      sessionState: session.state,
      reading: leaf === undefined ? null : readingViewOf(leaf),
      fills: periodFills,
      boughtWh: filledOn('bid', periodFills),
      soldWh: filledOn('offer', periodFills),
      priceMicroEuroPerKwh: session.priceMicroEuroPerKwh,
      statement:
        statement === undefined ? null : periodStatementOf(statement, daySettlementOf(day, runs.get(day)).state),
    })
  }
  return { items, nextBefore: span.hasOlder ? span.oldest : null }
}

/** A statement's lines, which run drew it up, and how far its day's settlement has come. */
export function periodStatementOf(statement: Statement, settlementState: SettlementState): PeriodStatementView {
  return {
    ...statementLinesOf(statement),
    run: statement.run,
    quality: qualityOf(statement.quality),
    settlementState,
  }
}

function readingViewOf(leaf: ReadingLeaf): PeriodReadingView {
  return {
    importWh: leaf.importEndWh - leaf.importStartWh,
    exportWh: leaf.exportEndWh - leaf.exportStartWh,
    quality: leaf.quality === 'estimated' ? 'estimated' : 'metered',
    version: leaf.version,
  }
}

function qualityOf(quality: string): PeriodStatementView['quality'] {
  return quality === 'metered' || quality === 'estimated' ? quality : 'none'
}

function readFillsOf(
  store: Store,
  area: AreaView,
  memberId: number,
  { oldest, newest }: { readonly oldest: number; readonly newest: number },
): Promise<PeriodFillRow[]> {
  return store.client.$queryRaw<PeriodFillRow[]>`
    SELECT f.period, f.digest, f.side, f.quantity_wh::bigint AS "quantityWh",
      f.limit_price_micro_euro_per_kwh::bigint AS "limitPriceMicroEuroPerKwh", f.filled_wh::bigint AS "filledWh"
    FROM ${TRADERS_SQL} t JOIN fills f
      ON f.area = t.area AND f.trader = t.trader AND f.period BETWEEN t.day * 96 AND t.day * 96 + 95
    WHERE t.area = ${area.id} AND t.member_id = ${memberId} AND f.period BETWEEN ${oldest} AND ${newest}
    ORDER BY f.side`
}

function filledOn(side: 'bid' | 'offer', fills: readonly PeriodFillView[]): bigint {
  return fills.reduce((sum, fill) => (fill.side === side ? sum + fill.filledWh : sum), 0n)
}

function fillOf({ digest, side, quantityWh, limitPriceMicroEuroPerKwh, filledWh }: PeriodFillRow): PeriodFillView {
  return { digest, side, quantityWh, limitPriceMicroEuroPerKwh, filledWh }
}
