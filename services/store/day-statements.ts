import type { DayStatement } from '../domain/settlement/day-statement.ts'
import { money, tradingDay, type TradingDay } from '../domain/units.ts'
import type { Store } from './connect.ts'
import type { DayStatement as DayStatementRow } from './generated/client.ts'
import type { StatementsOf } from './statements.ts'

/** Puts a run's statements (ascending by member) in the place of what was drawn before; all or none. */
export async function replaceDayStatements(
  store: Store,
  { area, run }: StatementsOf,
  day: TradingDay,
  statements: readonly DayStatement[],
): Promise<void> {
  await store.client.$transaction([
    store.client.dayStatement.deleteMany({ where: { area, day, run } }),
    store.client.dayStatement.createMany({
      data: statements.map((statement, position) => ({
        area,
        day,
        run,
        position,
        memberId: statement.memberId,
        periodCount: statement.periodCount,
        periodsRoot: statement.periodsRoot,
        chargesMicroEuro: statement.charges,
        creditsMicroEuro: statement.credits,
        previousMicroEuro: statement.previous,
        salt: statement.salt,
      })),
    }),
  ])
}

/** A run's statements, ascending by member; none where it was not drawn. */
export async function readDayStatements(
  store: Store,
  { area, run }: StatementsOf,
  day: TradingDay,
): Promise<DayStatement[]> {
  const rows = await store.client.dayStatement.findMany({ where: { area, day, run }, orderBy: { position: 'asc' } })
  return rows.map(dayStatementOf)
}

export function dayStatementOf(row: DayStatementRow): DayStatement {
  return {
    memberId: row.memberId,
    day: tradingDay(row.day),
    run: row.run,
    periodCount: row.periodCount,
    periodsRoot: row.periodsRoot,
    charges: money(row.chargesMicroEuro),
    credits: money(row.creditsMicroEuro),
    previous: money(row.previousMicroEuro),
    payment: money(row.chargesMicroEuro - row.creditsMicroEuro - row.previousMicroEuro),
    salt: row.salt,
  }
}
