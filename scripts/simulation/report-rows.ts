import type { Ledger } from '../../services/chain/ledger.ts'
import { deliveryPeriod, PERIODS_PER_DAY, tradingDayOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { Recording } from './recorded-households.ts'
import type { FeederLimit } from './report-flexibility.ts'

/** What a report is drawn from. */
export type ReportSources = {
  readonly store: Store
  readonly ledger: Ledger
  readonly recording: Recording
  readonly forecast: string
  readonly memberIds: readonly number[]
  readonly wallSeconds: number
  /** Of the feeder, where it has one. */
  readonly limit?: FeederLimit | undefined
}

/** The projection's rows of a run, and the records behind its commitments. */
export async function readRows(store: Store, firstPeriod: DeliveryPeriod, periods: number) {
  const { client } = store
  const where = { area: AREA, period: { gte: firstPeriod, lt: firstPeriod + periods } }
  const days = {
    area: AREA,
    day: { gte: tradingDayOf(firstPeriod), lte: tradingDayOf(deliveryPeriod(firstPeriod + periods - 1)) },
  }
  const byPosition = [{ period: 'asc' as const }, { position: 'asc' as const }]
  const [sessions, fills, statements, leaves, orders, readings, members, areas, transactions] = await Promise.all([
    client.session.findMany({ where, orderBy: { period: 'asc' } }),
    client.fill.findMany({ where, orderBy: [{ period: 'asc' }, { trader: 'asc' }, { side: 'asc' }] }),
    client.statement.findMany({ where, orderBy: byPosition }),
    client.readingLeaf.findMany({ where, orderBy: byPosition }),
    client.order.findMany({ where }),
    client.meterReading.findMany({ where: { period: { gte: firstPeriod - 1, lt: firstPeriod + periods } } }),
    client.member.findMany({ where: { area: AREA } }),
    client.area.findMany({ where: { id: AREA } }),
    client.indexedTransaction.findMany({
      select: { hash: true, contract: true, function: true, gasUsed: true, succeeded: true },
    }),
  ])
  const [chains, links, sealedDays, runs, dayStatements, payments] = await Promise.all([
    client.keyChain.findMany(),
    client.traderLink.findMany({ where: days }),
    client.tradingDay.findMany({ where: { ...days, isSealed: true } }),
    client.settlementRun.findMany({ where: days, orderBy: [{ day: 'asc' }, { run: 'asc' }] }),
    client.dayStatement.findMany({ where: days, orderBy: { position: 'asc' } }),
    client.payment.findMany({ where: days }),
  ])
  return {
    sessions,
    members,
    areas,
    orders,
    readings,
    transactions,
    fills,
    /** By the address of a trading key. */
    chainOf: new Map(chains.map((chain) => [chain.address, chain])),
    /** Which member each trader is, by day and number. */
    linkOf: new Map(links.map((link) => [traderKey(link.day, link.trader), link])),
    sealedDays: new Set(sealedDays.map(({ day }) => day)),
    runs,
    /** As the last run that was drawn up has them. */
    statements: latestOf(statements, ({ run }) => run),
    leaves: latestOf(leaves, ({ version }) => version),
    fillsOf: groupsOf(fills, ({ period }) => period),
    leavesOf: groupsOf(
      latestOf(leaves, ({ version }) => version),
      ({ period }) => period,
    ),
    statementsOfRun: groupsOf(statements, ({ period, run }) => runKey(Math.floor(period / PERIODS_PER_DAY), run)),
    dayStatementsOfRun: groupsOf(dayStatements, ({ day, run }) => runKey(day, run)),
    paymentsOfRun: groupsOf(payments, ({ day, run }) => runKey(day, run)),
  }
}

export type Rows = Awaited<ReturnType<typeof readRows>>

/** Names a trader of a day. */
export function traderKey(day: number, trader: number): string {
  return `${day}:${trader}`
}

/** Names a settlement run of a day. */
export function runKey(day: number, run: number): string {
  return `${day}:${run}`
}

/** Of a member's rows of one period the one with the highest number. */
function latestOf<Row extends { memberId: number; period: number }>(
  rows: readonly Row[],
  numberOf: (row: Row) => number,
): Row[] {
  const latest = new Map<string, Row>()
  for (const row of rows) {
    const key = `${row.memberId}:${row.period}`
    const known = latest.get(key)
    if (known === undefined || numberOf(known) < numberOf(row)) latest.set(key, row)
  }
  return rows.filter((row) => latest.get(`${row.memberId}:${row.period}`) === row)
}

function groupsOf<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}
