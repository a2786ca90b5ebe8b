import { PERIODS_PER_DAY } from '../domain/units.ts'
import type { Store } from './connect.ts'
import { writeFlexibility, type FlexChange } from './flexibility/projections.ts'
import type { Prisma } from './generated/client.ts'
import { writeIdentity, writeTradingRights, type IdentityBatch } from './identity-projections.ts'
import {
  AREAS,
  BLOCKS,
  CHALLENGES,
  DELEGATIONS,
  ENERGY_RATES,
  EVENTS,
  FILLS,
  GRID_RATES,
  insert,
  jsonOf,
  MEMBERS,
  PAYMENTS,
  PROJECTIONS,
  SESSIONS,
  SETTLEMENT_RUNS,
  TRADING_DAYS,
  TRADING_PAUSES,
  TRANSACTIONS,
  type AreaRow,
  type BlockRow,
  type ChallengeRow,
  type CommittedRunRow,
  type DelegationRow,
  type EnergyRateRow,
  type EventRow,
  type FillRow,
  type GateClosedRow,
  type GridRateRow,
  type MemberRow,
  type PaymentRow,
  type TradingDayRow,
  type TradingPauseRow,
  type TransactionRow,
} from './projection-tables.ts'

type SessionKey = { readonly area: number; readonly period: number }

/** What an area charges where nothing else was published; only what changed. */
export type AreaTariffChange = {
  retailMicroEuroPerKwh?: number
  feedInMicroEuroPerKwh?: number
  gridMicroEuroPerKwh?: number
  gridLocalMicroEuroPerKwh?: number
  levyMicroEuroPerKwh?: number
  platformFeeMicroEuroPerKwh?: number
}
export type Clearing = SessionKey & {
  readonly priceMicroEuroPerKwh: number | null
  readonly volumeWh: bigint
  readonly clearedTransaction: string
  /** Orders opened on the ledger, and orders of the batch that broke a rule; null while not known. */
  readonly ledgerOrderCount: number | null
  readonly voidOrderCount: number | null
}
/** An event of a session, as it was indexed; integers may be decimal strings. */
export type SessionEvent = SessionKey & {
  readonly name: string
  readonly transactionHash: string
  readonly arguments: Readonly<Record<string, unknown>>
}
/** Micro-euro. */
export type Repayment = { readonly memberId: number; readonly toFund: bigint; readonly toSupplier: bigint }
export type RunPayment = {
  readonly area: number
  readonly day: number
  readonly run: number
  /** Unix seconds. */
  readonly paidAt: number
  readonly paidTransaction: string
}
export type WithheldRun = {
  readonly area: number
  readonly day: number
  readonly run: number
  readonly withheldMicroEuro: bigint
}

/** What a run of consecutive blocks changes in the projections. */
export type ProjectionBatch = IdentityBatch & {
  readonly blocks: BlockRow[]
  readonly transactions: TransactionRow[]
  readonly events: EventRow[]
  readonly areas: AreaRow[]
  /** By area: the last change counts. */
  readonly tariffs: Map<number, AreaTariffChange>
  readonly energyRates: EnergyRateRow[]
  readonly gridRates: GridRateRow[]
  readonly members: MemberRow[]
  /** By member: unix seconds. */
  readonly deactivations: Map<number, number>
  /** By member: the delegation that holds now; null for none. */
  readonly delegations: Map<number, DelegationRow | null>
  /** By member: micro-euro by which balance and debt change. */
  readonly balanceChanges: Map<number, bigint>
  readonly debtChanges: Map<number, bigint>
  /** By member: micro-euro. */
  readonly creditLines: Map<number, bigint>
  /** By area: micro-euro by which guarantee fund and bond change. */
  readonly fundChanges: Map<number, bigint>
  readonly bondChanges: Map<number, bigint>
  /** Repayments of debts, whose event does not name the fund, the supplier or the DSO: those of the member's area. */
  readonly repayments: Repayment[]
  /** By area and day: entries added, and members seen by the last page. */
  readonly tradingDays: Map<string, TradingDayRow>
  readonly tradingPauses: TradingPauseRow[]
  /** By area and period: the last one counts. */
  readonly gateClosures: Map<string, GateClosedRow>
  readonly clearings: Clearing[]
  readonly fills: FillRow[]
  /** Sessions whose readings were committed, be their gate closed already or not. */
  readonly commitments: SessionKey[]
  readonly committedRuns: CommittedRunRow[]
  /** In the ledger's sequence: the last one of a run counts. */
  readonly withheldRuns: WithheldRun[]
  readonly paidRuns: RunPayment[]
  readonly payments: PaymentRow[]
  readonly challenges: ChallengeRow[]
  /** In the ledger's sequence. */
  readonly flexibility: FlexChange[]
}

export type IndexCursor = { readonly number: number; readonly hash: string }

type Client = Prisma.TransactionClient

const WRITE_TIMEOUT_MS = 60_000

/** The last block in the projections; null before the first. */
export async function readIndexCursor(store: Store): Promise<IndexCursor | null> {
  return store.client.indexedBlock.findFirst({ orderBy: { number: 'desc' }, select: { number: true, hash: true } })
}

/** What is in the projections of these sessions' gate closures, chunks and opened orders, in the ledger's sequence. */
export async function readSessionEvents(store: Store, sessions: readonly SessionKey[]): Promise<SessionEvent[]> {
  const keys = sessions.map(({ area, period }) => ({ area, period }))
  return store.client.$queryRaw<SessionEvent[]>`
    SELECT event.area, event.period, event.name, event.transaction_hash AS "transactionHash", event.arguments
    FROM jsonb_to_recordset(${jsonOf(keys)}::jsonb) AS wanted(area int, period int)
    JOIN indexed_events AS event ON event.area = wanted.area AND event.period = wanted.period
    WHERE event.contract = 'callAuction'
    ORDER BY event.block_number, event.log_index`
}

/** Traders of the day that were revealed in what is indexed. */
export async function readIndexedReveals(store: Store, area: number, day: number): Promise<number[]> {
  const rows = await store.client.$queryRaw<{ trader: number }[]>`
    SELECT (arguments->>'trader')::int AS trader FROM indexed_events
    WHERE area = ${area} AND period IS NULL AND name = 'TraderRevealed' AND arguments->>'day' = ${String(day)}`
  return rows.map(({ trader }) => trader)
}

/**
 * Writes the batch and moves the cursor, all or nothing, and tells the listeners of `projection`. A batch whose blocks
 * are there already is refused by the database.
 */
export async function writeProjections(store: Store, batch: ProjectionBatch): Promise<void> {
  await store.client.$transaction(
    async (client) => {
      await insert(client, BLOCKS, batch.blocks)
      await insert(client, TRANSACTIONS, batch.transactions)
      await insert(client, EVENTS, batch.events)
      await writeIdentity(client, batch)
      await writeAreas(client, batch)
      await writeMembers(client, batch)
      await writeSessions(client, batch)
      await writeSettlement(client, batch)
      await writeFlexibility(client, batch.flexibility)
      await client.$executeRaw`SELECT pg_notify('projection', ${notificationOf(batch)})`
    },
    { timeout: WRITE_TIMEOUT_MS, maxWait: WRITE_TIMEOUT_MS },
  )
}

/** Empties every projection, so that the ledger can be replayed from block 0. */
export async function emptyProjections(store: Store): Promise<void> {
  await store.client.$executeRawUnsafe(`TRUNCATE ${PROJECTIONS.map((name) => `"${name}"`).join(', ')}`)
}

async function writeAreas(client: Client, batch: ProjectionBatch): Promise<void> {
  await insert(client, AREAS, batch.areas)
  for (const [id, data] of batch.tariffs) await client.area.update({ where: { id }, data })
  const changed = new Set([...batch.fundChanges.keys(), ...batch.bondChanges.keys()])
  for (const id of changed) {
    const data = {
      fundMicroEuro: { increment: batch.fundChanges.get(id) ?? 0n },
      bondMicroEuro: { increment: batch.bondChanges.get(id) ?? 0n },
    }
    await client.area.update({ where: { id }, data })
  }
  await insert(client, ENERGY_RATES, batch.energyRates)
  await insert(client, GRID_RATES, batch.gridRates)
  await insert(client, TRADING_DAYS, [...batch.tradingDays.values()])
}

async function writeMembers(client: Client, batch: ProjectionBatch): Promise<void> {
  await insert(client, MEMBERS, batch.members)
  for (const [id, activeUntil] of batch.deactivations)
    await client.member.update({ where: { id }, data: { activeUntil } })
  for (const [id, creditLineMicroEuro] of batch.creditLines)
    await client.member.update({ where: { id }, data: { creditLineMicroEuro } })
  await writeTradingRights(client, batch)
  await writeDelegations(client, batch)
  await writeRepayments(client, batch)
  const changed = new Set([...batch.balanceChanges.keys(), ...batch.debtChanges.keys()])
  if (changed.size === 0) return
  const rows = [...changed].map((id) => ({
    id,
    balance: batch.balanceChanges.get(id) ?? 0n,
    debt: batch.debtChanges.get(id) ?? 0n,
  }))
  await client.$executeRaw`
    UPDATE members SET balance_micro_euro = balance_micro_euro + change.balance,
                       debt_micro_euro = debt_micro_euro + change.debt
    FROM jsonb_to_recordset(${jsonOf(rows)}::jsonb) AS change(id int, balance bigint, debt bigint)
    WHERE members.id = change.id`
}

async function writeRepayments(client: Client, { repayments }: ProjectionBatch): Promise<void> {
  if (repayments.length === 0) return
  const rows = jsonOf(repayments)
  await client.$executeRaw`
    UPDATE areas SET fund_micro_euro = fund_micro_euro + repaid.amount
    FROM (
      SELECT debtor.area, sum(row."toFund")::bigint AS amount
      FROM jsonb_to_recordset(${rows}::jsonb) AS row("memberId" int, "toFund" bigint)
      JOIN members AS debtor ON debtor.id = row."memberId"
      GROUP BY debtor.area
    ) AS repaid
    WHERE areas.id = repaid.area`
  await client.$executeRaw`
    UPDATE members SET balance_micro_euro = balance_micro_euro + repaid.amount
    FROM (
      SELECT debtor.area, CASE debtor.kind WHEN 'aggregator' THEN 'dso' ELSE 'supplier' END AS creditor,
        sum(row."toSupplier")::bigint AS amount
      FROM jsonb_to_recordset(${rows}::jsonb) AS row("memberId" int, "toSupplier" bigint)
      JOIN members AS debtor ON debtor.id = row."memberId"
      GROUP BY 1, 2
    ) AS repaid
    WHERE members.area = repaid.area AND members.kind = repaid.creditor`
}

async function writeDelegations(client: Client, { delegations }: ProjectionBatch): Promise<void> {
  if (delegations.size === 0) return
  await client.delegation.deleteMany({ where: { memberId: { in: [...delegations.keys()] } } })
  await insert(
    client,
    DELEGATIONS,
    [...delegations.values()].filter((delegation) => delegation !== null),
  )
}

async function writeSessions(client: Client, batch: ProjectionBatch): Promise<void> {
  await insert(client, TRADING_PAUSES, batch.tradingPauses)
  await insert(client, SESSIONS, [...batch.gateClosures.values()])
  for (const { area, period, ...data } of batch.clearings) {
    await client.session.update({ where: { area_period: { area, period } }, data: { ...data, isCleared: true } })
  }
  await insert(client, FILLS, batch.fills)
  await writeCommitments(client, batch)
}

async function writeSettlement(client: Client, batch: ProjectionBatch): Promise<void> {
  await insert(client, SETTLEMENT_RUNS, batch.committedRuns)
  for (const { area, day, run, ...data } of [...batch.withheldRuns, ...batch.paidRuns]) {
    await client.settlementRun.update({ where: { area_day_run: { area, day, run } }, data })
  }
  await insert(client, PAYMENTS, batch.payments)
  await insert(client, CHALLENGES, batch.challenges)
}

/**
 * The latest version of a session's readings. A session may get them before its gate closes, when the operator was
 * away: then its row comes later.
 */
async function writeCommitments(client: Client, batch: ProjectionBatch): Promise<void> {
  const sessions = [...batch.gateClosures.values(), ...batch.commitments].map(({ area, period }) => ({ area, period }))
  if (sessions.length === 0) return
  await client.$executeRaw`
    UPDATE sessions SET readings_root = latest.arguments->>'root',
                        reading_count = (latest.arguments->>'count')::int,
                        import_total_wh = (latest.arguments->>'importTotal')::bigint,
                        export_total_wh = (latest.arguments->>'exportTotal')::bigint,
                        readings_version = (latest.arguments->>'version')::int,
                        readings_transaction = latest.transaction_hash
    FROM (
      SELECT DISTINCT ON (event.area, event.period) event.*
      FROM jsonb_to_recordset(${jsonOf(sessions)}::jsonb) AS changed(area int, period int)
      JOIN indexed_events AS event
        ON event.area = changed.area AND event.period = changed.period AND event.name = 'ReadingsCommitted'
      ORDER BY event.area, event.period, event.block_number DESC, event.log_index DESC
    ) AS latest
    WHERE sessions.area = latest.area AND sessions.period = latest.period`
}

/**
 * What a listener needs in order to know where to look: the last block, and the delivery periods that changed. A
 * settlement run changes every period of its day.
 */
function notificationOf(batch: ProjectionBatch): string {
  const periods = new Set(batch.events.map((event) => event.period).filter((period) => period !== null))
  for (const { day } of [...batch.committedRuns, ...batch.paidRuns, ...batch.challenges]) {
    if (day === null) continue
    for (let count = 0; count < PERIODS_PER_DAY; count += 1) periods.add(day * PERIODS_PER_DAY + count)
  }
  // PostgreSQL carries 8,000 bytes; only a replay has more periods in one batch than fit.
  return JSON.stringify({
    blockNumber: batch.blocks.at(-1)?.number ?? null,
    periods: [...periods].sort((one, other) => one - other).slice(-500),
  })
}

/** Unix seconds of the last block that is in the projections; 0 where there is none. */
export async function readProjectedUntil(store: Store): Promise<number> {
  const last = await store.client.indexedBlock.findFirst({ orderBy: { number: 'desc' }, select: { timestamp: true } })
  return last?.timestamp ?? 0
}
