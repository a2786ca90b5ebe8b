import { readTariff } from '../chain/areas.ts'
import { readMembers } from '../chain/members.ts'
import { readCommitment, type LedgerSession } from '../chain/sessions.ts'
import { DomainError } from '../domain/errors.ts'
import { periodEnergyOf } from '../domain/metering/period-energy.ts'
import { readingTreeOf } from '../domain/metering/reading-tree.ts'
import { encodePayments, paymentsOf } from '../domain/settlement/payment.ts'
import { statementTreeOf, type SaltedStatement } from '../domain/settlement/statement-tree.ts'
import { statementsOf, type FilledOrder, type MeteredEnergy } from '../domain/settlement/statement.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { readReadingBatch } from '../store/readings.ts'
import { storeStatements } from '../store/statements.ts'
import { formatEuro, formatKwh } from './amounts.ts'
import type { Operation } from './operation.ts'

/** Settles a period that is cleared and metered on the ledger, and logs it; again without effect. */
export async function settlePeriod(
  operation: Operation,
  area: number,
  period: DeliveryPeriod,
  session: LedgerSession,
  fills: readonly FilledOrder[],
): Promise<void> {
  const { ledger, store, sender, saltOf } = operation
  const [readings, tariff, members] = await Promise.all([
    committedReadingsOf(operation, area, period),
    readTariff(ledger, area, period),
    readMembers(ledger, area),
  ])
  const memberOf = (kind: 'supplier' | 'dso'): number => {
    const member = members.find((candidate) => candidate.kind === kind)
    if (!member) throw new DomainError(`${kind}-missing`, `area ${area} has no ${kind}: register one`, { area })
    return member.memberId
  }
  const statements: SaltedStatement[] = statementsOf({
    period,
    fills,
    price: session.price,
    readings,
    tariff,
    supplier: memberOf('supplier'),
    dso: memberOf('dso'),
  }).map((statement) => ({ ...statement, salt: saltOf(`statement:${area}:${period}:${statement.memberId}`) }))
  await storeStatements(store, area, period, statements)

  await sender.send(`settle:${area}:${period}`, {
    contract: 'settlement',
    function: 'settle',
    arguments: [area, period, statementTreeOf(period, statements).root.hash, encodePayments(paymentsOf(statements))],
  })
  logSettlement(operation, period, statements, readings.length)
}

/** The gateway's readings, believed only where they hash to what is committed on the ledger. */
async function committedReadingsOf(
  { ledger, store }: Operation,
  area: number,
  period: DeliveryPeriod,
): Promise<MeteredEnergy[]> {
  const [batch, commitment] = await Promise.all([
    readReadingBatch(store, area, period),
    readCommitment(ledger, area, period),
  ])
  if (batch === null) {
    throw new DomainError(
      'readings-missing',
      `the readings of period ${period} are on the ledger, not in the database`,
      {
        period,
      },
    )
  }
  const { root } = readingTreeOf(batch.leaves)
  const isCommitted =
    root.hash === commitment.root &&
    root.count === commitment.count &&
    root.a === commitment.importTotal &&
    root.b === commitment.exportTotal
  if (!isCommitted) {
    throw new DomainError(
      'readings-not-committed',
      `the readings of period ${period} in the database are not those that were committed to the ledger: ` +
        'nothing is settled until they are restored',
      { period, committed: commitment.root, found: root.hash },
    )
  }
  return batch.leaves.map((leaf) => {
    const { imported, exported } = periodEnergyOf(leaf)
    return { memberId: leaf.memberId, import: imported, export: exported }
  })
}

function logSettlement(
  { log }: Operation,
  period: DeliveryPeriod,
  statements: readonly SaltedStatement[],
  readingCount: number,
): void {
  const paid = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => (amount > 0n ? sum + amount : sum), 0n)
  const imported = statements.reduce((sum, { metered }) => sum + (metered?.import ?? 0n), 0n)
  const exported = statements.reduce((sum, { metered }) => sum + (metered?.export ?? 0n), 0n)
  log.info(
    { period, readings: readingCount, statements: statements.length },
    `period ${period} settled: ${readingCount} readings, ${formatKwh(imported)} import, ${formatKwh(exported)} export; ` +
      `paid ${formatEuro(paid(statements.map(({ market }) => market)))} for trades, ` +
      `${formatEuro(paid(statements.map(({ imbalance }) => imbalance)))} for imbalance, ` +
      `${formatEuro(paid(statements.map(({ gridTariff }) => gridTariff)))} for transport`,
  )
}
