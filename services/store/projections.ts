import type { Store } from './connect.ts'
import type { Prisma } from './generated/client.ts'
import {
  AREAS,
  BLOCKS,
  ENERGY_RATES,
  EVENTS,
  FILLS,
  insertStatement,
  jsonOf,
  MEMBERS,
  PAYMENTS,
  PROJECTIONS,
  SESSIONS,
  TRANSACTIONS,
  type AreaRow,
  type BlockRow,
  type EnergyRateRow,
  type EventRow,
  type FillRow,
  type GateClosedRow,
  type MemberRow,
  type PaymentRow,
  type TransactionRow,
} from './projection-tables.ts'

type SessionKey = { readonly area: number; readonly period: number }

export type EnergyRateChange = { retailMicroEuroPerKwh: number; feedInMicroEuroPerKwh: number }
export type GridTariffChange = { gridMicroEuroPerKwh: number; gridLocalMicroEuroPerKwh: number }
export type Clearing = SessionKey & {
  readonly priceMicroEuroPerKwh: number | null
  readonly volumeWh: bigint
  readonly clearedTransaction: string
}
export type SessionSettlement = SessionKey & {
  readonly statementsRoot: string
  readonly settledTransaction: string
}

/** What a run of consecutive blocks changes in the projections. */
export type ProjectionBatch = {
  readonly blocks: BlockRow[]
  readonly transactions: TransactionRow[]
  readonly events: EventRow[]
  readonly areas: AreaRow[]
  /** By area: the last change counts. */
  readonly defaultRates: Map<number, EnergyRateChange>
  readonly gridTariffs: Map<number, GridTariffChange>
  readonly energyRates: EnergyRateRow[]
  readonly members: MemberRow[]
  /** By member: unix seconds. */
  readonly deactivations: Map<number, number>
  /** By member: micro-euro by which balance and debt change. */
  readonly balanceChanges: Map<number, bigint>
  readonly debtChanges: Map<number, bigint>
  readonly gateClosures: GateClosedRow[]
  readonly clearings: Clearing[]
  readonly fills: FillRow[]
  /** Sessions whose readings were committed, be their gate closed already or not. */
  readonly commitments: SessionKey[]
  readonly settlements: SessionSettlement[]
  readonly payments: PaymentRow[]
}

export type IndexCursor = { readonly number: number; readonly hash: string }

type Client = Prisma.TransactionClient

const WRITE_TIMEOUT_MS = 60_000

/** The last block in the projections; null before the first. */
export async function readIndexCursor(store: Store): Promise<IndexCursor | null> {
  return store.client.indexedBlock.findFirst({ orderBy: { number: 'desc' }, select: { number: true, hash: true } })
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
      await writeAreas(client, batch)
      await writeMembers(client, batch)
      await writeSessions(client, batch)
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
  for (const [id, data] of batch.defaultRates) await client.area.update({ where: { id }, data })
  for (const [id, data] of batch.gridTariffs) await client.area.update({ where: { id }, data })
  await insert(client, ENERGY_RATES, batch.energyRates)
}

async function writeMembers(client: Client, batch: ProjectionBatch): Promise<void> {
  await insert(client, MEMBERS, batch.members)
  for (const [id, activeUntil] of batch.deactivations)
    await client.member.update({ where: { id }, data: { activeUntil } })
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

async function writeSessions(client: Client, batch: ProjectionBatch): Promise<void> {
  await insert(client, SESSIONS, batch.gateClosures)
  for (const { area, period, ...data } of batch.clearings) {
    await client.session.update({ where: { area_period: { area, period } }, data: { ...data, isCleared: true } })
  }
  await insert(client, FILLS, batch.fills)
  await writeCommitments(client, batch)
  for (const { area, period, ...data } of batch.settlements) {
    await client.session.update({ where: { area_period: { area, period } }, data })
  }
  await insert(client, PAYMENTS, batch.payments)
}

/** A session may get its readings before its gate closes, when the operator was away: then its row comes later. */
async function writeCommitments(client: Client, batch: ProjectionBatch): Promise<void> {
  const sessions = [...batch.gateClosures, ...batch.commitments].map(({ area, period }) => ({ area, period }))
  if (sessions.length === 0) return
  await client.$executeRaw`
    UPDATE sessions SET readings_root = event.arguments->>'root',
                        reading_count = (event.arguments->>'count')::int,
                        import_total_wh = (event.arguments->>'importTotal')::bigint,
                        export_total_wh = (event.arguments->>'exportTotal')::bigint,
                        readings_transaction = event.transaction_hash
    FROM jsonb_to_recordset(${jsonOf(sessions)}::jsonb) AS changed(area int, period int)
    JOIN indexed_events AS event
      ON event.area = changed.area AND event.period = changed.period AND event.name = 'ReadingsCommitted'
    WHERE sessions.area = changed.area AND sessions.period = changed.period`
}

async function insert<Row>(client: Client, table: Parameters<typeof insertStatement<Row>>[0], rows: readonly Row[]) {
  if (rows.length > 0) await client.$executeRawUnsafe(insertStatement(table), jsonOf(rows))
}

/** What a listener needs in order to know where to look: the last block, and the delivery periods that changed. */
function notificationOf(batch: ProjectionBatch): string {
  const periods = new Set(batch.events.map((event) => event.period).filter((period) => period !== null))
  // PostgreSQL carries 8,000 bytes; only a replay has more periods in one batch than fit.
  return JSON.stringify({
    blockNumber: batch.blocks.at(-1)?.number ?? null,
    periods: [...periods].sort((one, other) => one - other).slice(-500),
  })
}
