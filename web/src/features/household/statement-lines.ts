import type { PeriodStatement, SettlementState } from '../../lib/api-client.ts'

/** What a household pays, in micro-euro, line by line; positive pays, negative receives. */
export type StatementLines = {
  readonly energy: bigint
  readonly imbalance: bigint
  readonly gridTariff: bigint
  readonly levies: bigint
  readonly platformFee: bigint
  readonly total: bigint
}

/** The latest statement of a quarter-hour. */
export type QuarterHourStatement = StatementLines & {
  /** The same reading billed without the market, and what the market saved; null without a reading. */
  readonly tariffOnly: bigint | null
  readonly saving: bigint | null
  readonly run: number
  readonly isEstimated: boolean
  readonly settlement: SettlementState
}

type Lines = Pick<
  PeriodStatement,
  | 'energyMicroEuro'
  | 'imbalanceMicroEuro'
  | 'gridTariffMicroEuro'
  | 'leviesMicroEuro'
  | 'platformFeeMicroEuro'
  | 'totalMicroEuro'
>

export function statementLinesOf(lines: Lines): StatementLines {
  return {
    energy: BigInt(lines.energyMicroEuro),
    imbalance: BigInt(lines.imbalanceMicroEuro),
    gridTariff: BigInt(lines.gridTariffMicroEuro),
    levies: BigInt(lines.leviesMicroEuro),
    platformFee: BigInt(lines.platformFeeMicroEuro),
    total: BigInt(lines.totalMicroEuro),
  }
}

export function quarterHourStatementOf(statement: PeriodStatement): QuarterHourStatement {
  const { tariffOnlyMicroEuro, savingMicroEuro } = statement
  return {
    ...statementLinesOf(statement),
    tariffOnly: tariffOnlyMicroEuro === null ? null : BigInt(tariffOnlyMicroEuro),
    saving: savingMicroEuro === null ? null : BigInt(savingMicroEuro),
    run: statement.run,
    isEstimated: statement.quality === 'estimated',
    settlement: statement.settlementState,
  }
}
