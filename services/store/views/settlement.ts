import { settlementStateOf, type SettlementState } from '../../domain/neighbourhood/settlement-state.ts'
import type { Store } from '../connect.ts'
import type { SettlementRun } from '../generated/client.ts'
import type { AreaView } from './area.ts'

/** A settlement run of a day, as it is on the ledger. */
export type RunView = {
  readonly run: number
  readonly root: string
  readonly statementCount: number
  readonly totalMicroEuro: bigint
  readonly committedAt: number
  readonly committedTransaction: string
  /** Unix seconds: until then its statements can be challenged, and it is not paid. */
  readonly challengeableUntil: number
  /** Its statements rest on the versions of the readings that were the latest then. */
  readonly readingsAt: number
  /** What challenges corrected and the bond lacks: until it is paid, the run is not. */
  readonly withheldMicroEuro: bigint
  readonly paidAt: number | null
  readonly paidTransaction: string | null
}

export type DaySettlementView = { readonly day: number; readonly state: SettlementState; readonly runs: RunView[] }

/** The runs of the days, both inclusive, by day and ascending; nothing for days without one. */
export async function readRuns(
  store: Store,
  area: AreaView,
  firstDay: number,
  lastDay: number,
): Promise<Map<number, RunView[]>> {
  const rows = await store.client.settlementRun.findMany({
    where: { area: area.id, day: { gte: firstDay, lte: lastDay } },
    orderBy: [{ day: 'asc' }, { run: 'asc' }],
  })
  const views = rows.map((row) => ({ day: row.day, view: runViewOf(area, row) }))
  return new Map([...Map.groupBy(views, ({ day }) => day)].map(([day, of]) => [day, of.map(({ view }) => view)]))
}

/** How far the day's settlement has come, given the runs that are on the ledger. */
export function daySettlementOf(day: number, runs: RunView[] = []): DaySettlementView {
  const known = runs.map(({ run, paidAt, withheldMicroEuro }) => ({
    run,
    isPaid: paidAt !== null,
    isWithheld: withheldMicroEuro > 0n,
  }))
  return { day, state: settlementStateOf(known), runs }
}

export function runViewOf({ calendar }: AreaView, row: SettlementRun): RunView {
  return {
    run: row.run,
    root: row.root,
    statementCount: row.statementCount,
    totalMicroEuro: row.totalMicroEuro,
    committedAt: row.committedAt,
    committedTransaction: row.committedTransaction,
    challengeableUntil: row.committedAt + calendar.challengeWindowSeconds,
    readingsAt: row.readingsAt,
    withheldMicroEuro: row.withheldMicroEuro,
    paidAt: row.paidAt,
    paidTransaction: row.paidTransaction,
  }
}
