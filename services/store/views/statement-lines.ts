import { savingOf } from '../../domain/neighbourhood/saving.ts'
import { money } from '../../domain/units.ts'
import { Prisma } from '../generated/client.ts'

/** What a member pays, line by line; positive is paid, negative received. */
export type StatementLinesView = {
  readonly energyMicroEuro: bigint
  readonly imbalanceMicroEuro: bigint
  readonly gridTariffMicroEuro: bigint
  readonly leviesMicroEuro: bigint
  readonly platformFeeMicroEuro: bigint
  readonly totalMicroEuro: bigint
  readonly tariffOnlyMicroEuro: bigint | null
  readonly savingMicroEuro: bigint | null
}

type Lines = Omit<StatementLinesView, 'totalMicroEuro' | 'savingMicroEuro'>

/** The sum of a statement's lines in SQL; the statement is `s`. */
export const TOTAL_SQL = Prisma.sql`(s.energy_micro_euro + s.imbalance_micro_euro + s.grid_tariff_micro_euro
  + s.levies_micro_euro + s.platform_fee_micro_euro)`

/** The lines of a statement with their total, and what they save against the tariff alone. */
export function statementLinesOf({
  energyMicroEuro,
  imbalanceMicroEuro,
  gridTariffMicroEuro,
  leviesMicroEuro,
  platformFeeMicroEuro,
  tariffOnlyMicroEuro,
}: Lines): StatementLinesView {
  const total = money(
    energyMicroEuro + imbalanceMicroEuro + gridTariffMicroEuro + leviesMicroEuro + platformFeeMicroEuro,
  )
  return {
    energyMicroEuro,
    imbalanceMicroEuro,
    gridTariffMicroEuro,
    leviesMicroEuro,
    platformFeeMicroEuro,
    totalMicroEuro: total,
    tariffOnlyMicroEuro,
    savingMicroEuro: savingOf(tariffOnlyMicroEuro === null ? null : money(tariffOnlyMicroEuro), total),
  }
}
