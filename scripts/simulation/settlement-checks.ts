import { dayStatementsOf } from '../../services/domain/settlement/day-statement.ts'
import { statementTreeOf, type PeriodStatement } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money, tradingDay, type Money } from '../../services/domain/units.ts'
import type { InvariantLedger } from './invariants.ts'
import { runKey, type Rows } from './report-rows.ts'

const RUNS = ['initial', 'corrected', 'final'] as const

/**
 * Draws every settlement run of a day again from its quarter-hours, and compares it with the statements and the payments
 * that were committed, be they made already or not.
 */
export function checkSettlements(checks: InvariantLedger, rows: Rows): void {
  const charged = new Map<number, Map<number, Money>>()
  for (const { day, run, root, totalMicroEuro, withheldMicroEuro, paidTransaction } of rows.runs) {
    const where = `day ${day}, ${RUNS[run]} run`
    const key = runKey(day, run)
    const salts = new Map((rows.dayStatementsOfRun.get(key) ?? []).map(({ memberId, salt }) => [memberId, salt]))
    const previous = charged.get(day) ?? new Map<number, Money>()
    const statements = dayStatementsOf({
      day: tradingDay(day),
      run: RUNS[run] ?? 'final',
      statements: (rows.statementsOfRun.get(key) ?? []).map(periodStatementOf),
      previous,
      saltOf: (memberId) => salts.get(memberId) ?? `0x${'00'.repeat(32)}`,
    })
    const found = statementTreeOf(statements).root
    checks.check(
      'statementsMatchTheirCommitment',
      found.hash === root && found.a === totalMicroEuro && found.b === totalMicroEuro,
      () => `${where}: ${found.hash} is not ${root}`,
    )
    charged.set(
      day,
      new Map(statements.map((statement) => [statement.memberId, money(statement.charges - statement.credits)])),
    )
    checks.check(
      'paidRunsOweNothing',
      paidTransaction === null || withheldMicroEuro === 0n,
      () => `${where}: ${withheldMicroEuro} micro-euro of corrections are not paid`,
    )

    const payments = rows.paymentsOfRun.get(key) ?? []
    const sum = payments.reduce((total, { amountMicroEuro }) => total + amountMicroEuro, 0n)
    checks.check('paymentsSumToZero', sum === 0n, () => `${where}: ${sum} micro-euro`)
    const paid = new Map(payments.map(({ memberId, amountMicroEuro }) => [memberId, amountMicroEuro]))
    for (const { memberId, payment } of statements) {
      checks.check(
        'statementIsWhatIsPaid',
        payment === (paid.get(memberId) ?? 0n),
        () => `${where}, member ${memberId}: ${payment} by its statement, ${paid.get(memberId)} in the payments`,
      )
    }
  }
}

function periodStatementOf(row: Rows['statements'][number]): PeriodStatement {
  return {
    period: deliveryPeriod(row.period),
    memberId: row.memberId,
    bought: energyWh(row.boughtWh),
    sold: energyWh(row.soldWh),
    readingVersion: row.readingVersion,
    quality: row.quality as PeriodStatement['quality'],
    metered:
      row.importWh === null || row.exportWh === null
        ? null
        : { import: energyWh(row.importWh), export: energyWh(row.exportWh) },
    energy: money(row.energyMicroEuro),
    imbalance: money(row.imbalanceMicroEuro),
    gridTariff: money(row.gridTariffMicroEuro),
    levies: money(row.leviesMicroEuro),
    platformFee: money(row.platformFeeMicroEuro),
    tariffOnly: row.tariffOnlyMicroEuro === null ? null : money(row.tariffOnlyMicroEuro),
    salt: row.salt,
  }
}
