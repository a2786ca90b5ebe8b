import type { SaltedStatement } from '../domain/settlement/statement-tree.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** Keeps a period's statements, in the order of their leaves; all or none, and again without effect. */
export async function storeStatements(
  store: Store,
  area: number,
  period: DeliveryPeriod,
  statements: readonly SaltedStatement[],
): Promise<void> {
  const texts = (of: (statement: SaltedStatement) => bigint | undefined | null) =>
    statements.map((statement) => of(statement)?.toString() ?? null)
  await store.client.$executeRaw`
    INSERT INTO statements (area, period, position, member_id, bought_wh, sold_wh, import_wh, export_wh,
      market_micro_euro, imbalance_micro_euro, grid_tariff_micro_euro, tariff_only_micro_euro, salt)
    SELECT ${area}::int, ${period as number}::int, * FROM unnest(
      ${statements.map((_, position) => position)}::int[],
      ${statements.map(({ memberId }) => memberId)}::int[],
      ${texts(({ bought }) => bought)}::text[]::bigint[],
      ${texts(({ sold }) => sold)}::text[]::bigint[],
      ${texts(({ metered }) => metered?.import)}::text[]::bigint[],
      ${texts(({ metered }) => metered?.export)}::text[]::bigint[],
      ${texts(({ market }) => market)}::text[]::bigint[],
      ${texts(({ imbalance }) => imbalance)}::text[]::bigint[],
      ${texts(({ gridTariff }) => gridTariff)}::text[]::bigint[],
      ${texts(({ tariffOnly }) => tariffOnly)}::text[]::bigint[],
      ${statements.map(({ salt }) => salt)}::text[])
    ON CONFLICT DO NOTHING`
}
