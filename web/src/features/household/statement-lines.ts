import type { Trace } from '../../lib/api-client.ts'

/** What one quarter-hour costs a household, in micro-euro; positive pays, negative receives. */
export type StatementLines = {
  readonly market: bigint
  readonly imbalance: bigint
  readonly gridTariff: bigint
  readonly total: bigint
  /** The same reading billed without the market, and what the market saved; null without a reading. */
  readonly tariffOnly: bigint | null
  readonly saving: bigint | null
}

export function statementLinesOf(statement: NonNullable<Trace['statement']>): StatementLines {
  const { tariffOnlyMicroEuro, savingMicroEuro } = statement
  return {
    market: BigInt(statement.marketMicroEuro),
    imbalance: BigInt(statement.imbalanceMicroEuro),
    gridTariff: BigInt(statement.gridTariffMicroEuro),
    total: BigInt(statement.totalMicroEuro),
    tariffOnly: tariffOnlyMicroEuro === null ? null : BigInt(tariffOnlyMicroEuro),
    saving: savingMicroEuro === null ? null : BigInt(savingMicroEuro),
  }
}
