import type { PeriodStatement } from '../domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money, type DeliveryPeriod } from '../domain/units.ts'
import type { Statement as StatementRow } from './generated/client.ts'
import type { Store } from './connect.ts'

/** A run of settlement: 0 initial (and what it will say so far), 1 corrected, 2 final. */
export type StatementsOf = { readonly area: number; readonly run: number }

/** Puts a period's statements (ascending by member) in the place of what was drawn for the run before; all or none. */
export async function replaceStatements(
  store: Store,
  { area, run }: StatementsOf,
  period: DeliveryPeriod,
  statements: readonly PeriodStatement[],
): Promise<void> {
  const texts = (of: (statement: PeriodStatement) => bigint | undefined | null) =>
    statements.map((statement) => of(statement)?.toString() ?? null)
  await store.client.$transaction([
    store.client.statement.deleteMany({ where: { area, period, run } }),
    store.client.$executeRaw`
      INSERT INTO statements (area, period, run, position, member_id, bought_wh, sold_wh, reading_version, quality,
        import_wh, export_wh, energy_micro_euro, imbalance_micro_euro, grid_tariff_micro_euro, levies_micro_euro,
        platform_fee_micro_euro, tariff_only_micro_euro, salt)
      SELECT ${area}::int, ${period as number}::int, ${run}::int, * FROM unnest(
        ${statements.map((_, position) => position)}::int[],
        ${statements.map(({ memberId }) => memberId)}::int[],
        ${texts(({ bought }) => bought)}::text[]::bigint[],
        ${texts(({ sold }) => sold)}::text[]::bigint[],
        ${statements.map(({ readingVersion }) => readingVersion)}::int[],
        ${statements.map(({ quality }) => quality)}::text[],
        ${texts(({ metered }) => metered?.import)}::text[]::bigint[],
        ${texts(({ metered }) => metered?.export)}::text[]::bigint[],
        ${texts(({ energy }) => energy)}::text[]::bigint[],
        ${texts(({ imbalance }) => imbalance)}::text[]::bigint[],
        ${texts(({ gridTariff }) => gridTariff)}::text[]::bigint[],
        ${texts(({ levies }) => levies)}::text[]::bigint[],
        ${texts(({ platformFee }) => platformFee)}::text[]::bigint[],
        ${texts(({ tariffOnly }) => tariffOnly)}::text[]::bigint[],
        ${statements.map(({ salt }) => salt)}::text[])`,
  ])
}

/** A period's statements as last drawn for the run, ascending by member; none where it was not drawn. */
export async function readStatements(
  store: Store,
  { area, run }: StatementsOf,
  period: DeliveryPeriod,
): Promise<PeriodStatement[]> {
  const rows = await store.client.statement.findMany({
    where: { area, run, period },
    orderBy: { position: 'asc' },
  })
  return rows.map(statementOf)
}

/** Periods out of `count` from one on whose readings have a newer version in the database than they were drawn on. */
export async function findOutdatedStatements(
  store: Store,
  { area, run }: StatementsOf,
  from: DeliveryPeriod,
  count: number,
): Promise<{ period: DeliveryPeriod; readingVersion: number }[]> {
  // All statements of a period are drawn on one version, and each period has a first one.
  const rows = await store.client.$queryRaw<{ period: number; readingVersion: number }[]>`
    SELECT drawn.period, drawn.reading_version AS "readingVersion" FROM statements AS drawn
    WHERE drawn.area = ${area}::int AND drawn.run = ${run}::int AND drawn.position = 0
      AND drawn.period >= ${from as number}::int AND drawn.period < ${from + count}::int
      AND EXISTS (
        SELECT FROM reading_batches AS batch
        WHERE batch.area = drawn.area AND batch.period = drawn.period AND batch.version > drawn.reading_version)
    ORDER BY drawn.period`
  return rows.map((row) => ({ ...row, period: deliveryPeriod(row.period) }))
}

function statementOf(row: StatementRow): PeriodStatement {
  return {
    memberId: row.memberId,
    period: deliveryPeriod(row.period),
    bought: energyWh(row.boughtWh),
    sold: energyWh(row.soldWh),
    readingVersion: row.readingVersion,
    quality: qualityOf(row.quality),
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

function qualityOf(text: string): PeriodStatement['quality'] {
  if (text === 'metered' || text === 'estimated' || text === 'none') return text
  throw new Error(`a statement of the database has the quality ${text}`)
}
