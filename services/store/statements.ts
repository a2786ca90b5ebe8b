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
  const data = statements.map((statement, position) => ({
    area,
    period,
    position,
    memberId: statement.memberId,
    boughtWh: statement.bought,
    soldWh: statement.sold,
    importWh: statement.metered?.import ?? null,
    exportWh: statement.metered?.export ?? null,
    marketMicroEuro: statement.market,
    imbalanceMicroEuro: statement.imbalance,
    gridTariffMicroEuro: statement.gridTariff,
    tariffOnlyMicroEuro: statement.tariffOnly,
    salt: statement.salt,
  }))
  await store.client.$transaction([store.client.statement.createMany({ data, skipDuplicates: true })])
}
