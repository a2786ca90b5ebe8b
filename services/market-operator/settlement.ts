import { readTariff } from '../chain/areas.ts'
import { readFills, type LedgerFill } from '../chain/fills.ts'
import { readMembers } from '../chain/members.ts'
import { readCommitment, readReadingsVersion, readSession } from '../chain/sessions.ts'
import { DomainError } from '../domain/errors.ts'
import { runNumberOf, type Run } from '../domain/grid/calendar.ts'
import type { Traders } from '../domain/market/traders.ts'
import { periodEnergyOf } from '../domain/metering/period-energy.ts'
import { readingTreeOf } from '../domain/metering/reading-tree.ts'
import {
  emptyStatementOf,
  statementsOf,
  type Counterparties,
  type FilledOrder,
  type MeteredEnergy,
  type Statement,
} from '../domain/settlement/statement.ts'
import type { PeriodStatement } from '../domain/settlement/statement-tree.ts'
import { tradingDayOf, type DeliveryPeriod, type TradingDay } from '../domain/units.ts'
import { readMemberSecrets } from '../store/households.ts'
import { outboxOf } from '../store/outbox.ts'
import { readReadingBatch } from '../store/readings.ts'
import { readStatements, replaceStatements } from '../store/statements.ts'
import { formatEuro, formatKwh } from './amounts.ts'
import { exclusively } from './exclusive.ts'
import type { Operation } from './operation.ts'
import { readTraders } from './traders.ts'

/** A period's statements for a run, and whether they were drawn just now. */
export type DrawnStatements = { readonly statements: readonly PeriodStatement[]; readonly isNew: boolean }

/**
 * Draws a period's statements for a run and keeps them; null while it is not cleared and metered on the ledger. They
 * are drawn on the latest version of its readings, and stay as they are while there is no newer one, and once the run's
 * transaction is signed for as long as that may be mined.
 */
export function drawStatements(
  operation: Operation,
  area: number,
  period: DeliveryPeriod,
  run: Run = 'initial',
): Promise<DrawnStatements | null> {
  return exclusively(operation, () => drawStatementsNow(operation, area, period, run, { withMembers: [] }))
}

/**
 * The same inside work that is exclusive already.
 * @param withMembers Members who are to have a statement though nothing of theirs was traded or metered.
 * @param readingsAt Unix seconds: the version of the readings that was the latest then, in place of that of now.
 */
export async function drawStatementsNow(
  operation: Operation,
  area: number,
  period: DeliveryPeriod,
  run: Run,
  { withMembers, readingsAt }: { readonly withMembers: readonly number[]; readonly readingsAt?: number },
): Promise<DrawnStatements | null> {
  const { ledger, store, saltOf } = operation
  const of = { area, run: runNumberOf(run) }
  const [version, stored] = await Promise.all([
    readReadingsVersion(ledger, area, period, readingsAt),
    readStatements(store, of, period),
  ])
  if (version === null) return null
  const known = new Set(stored.map(({ memberId }) => memberId))
  const isCurrent = stored.length > 0 && stored.every(({ readingVersion }) => readingVersion === version)
  if (isCurrent && withMembers.every((memberId) => known.has(memberId))) return { statements: stored, isNew: false }
  if (stored.length > 0 && (await isRunSigned(operation, area, tradingDayOf(period), run))) {
    return { statements: stored, isNew: false }
  }

  const drawn = await statementsFromLedger(operation, area, period, version)
  if (drawn === null) return null
  const secrets = await readMemberSecrets(store)
  const statements = withEmptyOnes(drawn, withMembers, version).map((statement) => ({
    ...statement,
    period,
    salt: saltOf(`statement:${area}:${period}:${of.run}:${statement.memberId}`, secrets.get(statement.memberId)),
  }))
  await replaceStatements(store, of, period, statements)
  if (!isCurrent && run === 'initial') logStatements(operation, period, statements)
  return { statements, isNew: true }
}

/** What the commitment of a run is sent for. */
export function commitPurposeOf(area: number, day: TradingDay, run: Run): string {
  return `commit-statements:${area}:${day}:${runNumberOf(run)}`
}

/** Whether the run's transaction exists, so that its statements may be on the ledger any moment. */
export async function isRunSigned({ store }: Operation, area: number, day: TradingDay, run: Run): Promise<boolean> {
  const entry = await outboxOf(store, 'operator').find(commitPurposeOf(area, day, run))
  return entry !== null && entry.status !== 'reverted'
}

/** The members of the area that receive what households pay. Throws `supplier-missing` and so on. */
export async function counterpartiesOf({ ledger }: Operation, area: number): Promise<Counterparties> {
  const members = await readMembers(ledger, area)
  const memberOf = (kind: 'supplier' | 'dso' | 'tax-authority' | 'platform-operator'): number => {
    const member = members.find((candidate) => candidate.kind === kind)
    if (!member) throw new DomainError(`${kind}-missing`, `area ${area} has no ${kind}: register one`, { area })
    return member.memberId
  }
  return {
    supplier: memberOf('supplier'),
    dso: memberOf('dso'),
    taxAuthority: memberOf('tax-authority'),
    platformOperator: memberOf('platform-operator'),
  }
}

async function statementsFromLedger(
  operation: Operation,
  area: number,
  period: DeliveryPeriod,
  version: number,
): Promise<Statement[] | null> {
  const { ledger } = operation
  const session = await readSession(ledger, area, period)
  if (session.state !== 'cleared') return null
  const [fills, traders, readings, tariff, counterparties] = await Promise.all([
    readFills(ledger, area, period),
    readTraders(operation, area, tradingDayOf(period)),
    committedReadingsOf(operation, area, period, version),
    readTariff(ledger, area, period),
    counterpartiesOf(operation, area),
  ])
  const { price } = session
  const filled = membersFillsOf(fills, traders, period)
  return statementsOf({ period, fills: filled, price, readingVersion: version, readings, tariff, ...counterparties })
}

/** Each fill with the member whose it is, in the ledger's sequence. Throws `trader-unknown`. */
function membersFillsOf(fills: readonly LedgerFill[], { memberOf }: Traders, period: DeliveryPeriod): FilledOrder[] {
  return fills.map(({ trader, ...fill }) => {
    const memberId = memberOf(trader)
    if (memberId !== null) return { memberId, ...fill }
    throw new DomainError(
      'trader-unknown',
      `trader ${trader} of period ${period} is on the ledger, and whose number it is not in the database: restore it`,
      { trader, period },
    )
  })
}

function withEmptyOnes(
  drawn: readonly Statement[],
  memberIds: readonly number[],
  readingVersion: number,
): readonly Statement[] {
  const known = new Set(drawn.map(({ memberId }) => memberId))
  const missing = memberIds.filter((memberId) => !known.has(memberId))
  return [...drawn, ...missing.map((memberId) => emptyStatementOf(memberId, readingVersion))].sort(
    (one, other) => one.memberId - other.memberId,
  )
}

/** The gateway's readings, believed only where they hash to what is committed on the ledger. */
async function committedReadingsOf(
  { ledger, store }: Operation,
  area: number,
  period: DeliveryPeriod,
  version: number,
): Promise<MeteredEnergy[]> {
  const [batch, commitment] = await Promise.all([
    readReadingBatch(store, area, period, version),
    readCommitment(ledger, area, period, version),
  ])
  if (batch === null) {
    throw new DomainError(
      'readings-missing',
      `version ${version} of the readings of period ${period} is on the ledger, not in the database`,
      { period, version },
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
      { period, version, committed: commitment.root, found: root.hash },
    )
  }
  return batch.leaves.map((leaf) => {
    const { imported, exported } = periodEnergyOf(leaf)
    return { memberId: leaf.memberId, quality: leaf.quality, import: imported, export: exported }
  })
}

function logStatements({ log }: Operation, period: DeliveryPeriod, statements: readonly PeriodStatement[]): void {
  const paid = (line: 'energy' | 'imbalance' | 'gridTariff') =>
    formatEuro(statements.reduce((sum, { [line]: amount }) => (amount > 0n ? sum + amount : sum), 0n))
  const readings = statements.filter(({ metered }) => metered !== null)
  const imported = readings.reduce((sum, { metered }) => sum + metered!.import, 0n)
  const exported = readings.reduce((sum, { metered }) => sum + metered!.export, 0n)
  log.info(
    { period, readings: readings.length, statements: statements.length },
    `period ${period} drawn up: ${readings.length} readings, ${formatKwh(imported)} import, ` +
      `${formatKwh(exported)} export; ${paid('energy')} for trades, ${paid('imbalance')} for imbalance, ` +
      `${paid('gridTariff')} for transport`,
  )
}
