import type { Ledger } from '../../services/chain/ledger.ts'
import type { DeliveryPeriod } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { Recording } from './recorded-households.ts'

/** What a report is drawn from. */
export type ReportSources = {
  readonly store: Store
  readonly ledger: Ledger
  readonly recording: Recording
  readonly forecast: string
  readonly memberIds: readonly number[]
  readonly wallSeconds: number
}

/** The projection's rows of a run, and the records behind its commitments. */
export async function readRows({ client }: Store, firstPeriod: DeliveryPeriod, periods: number) {
  const where = { area: AREA, period: { gte: firstPeriod, lt: firstPeriod + periods } }
  const [sessions, fills, payments, statements, leaves, orders, readings, members, transactions] = await Promise.all([
    client.session.findMany({ where, orderBy: { period: 'asc' } }),
    client.fill.findMany({ where, orderBy: [{ period: 'asc' }, { memberId: 'asc' }, { side: 'asc' }] }),
    client.payment.findMany({ where }),
    client.statement.findMany({ where, orderBy: [{ period: 'asc' }, { position: 'asc' }] }),
    client.readingLeaf.findMany({ where, orderBy: [{ period: 'asc' }, { position: 'asc' }] }),
    client.order.findMany({ where }),
    client.meterReading.findMany({ where: { period: { gte: firstPeriod - 1, lt: firstPeriod + periods } } }),
    client.member.findMany({ where: { area: AREA } }),
    client.indexedTransaction.findMany({
      select: { hash: true, contract: true, function: true, gasUsed: true, succeeded: true },
    }),
  ])
  return {
    sessions,
    statements,
    members,
    orders,
    readings,
    transactions,
    payments,
    leaves,
    fillsOf: byPeriod(fills),
    leavesOf: byPeriod(leaves),
    statementsOf: byPeriod(statements),
    paymentsOf: byPeriod(payments),
    fills,
  }
}

export type Rows = Awaited<ReturnType<typeof readRows>>

function byPeriod<Row extends { period: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.period)
    if (group === undefined) groups.set(row.period, [row])
    else group.push(row)
  }
  return groups
}
