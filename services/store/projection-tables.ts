import type {
  Accreditation,
  Area,
  Challenge,
  Credential,
  Delegation,
  DidOwner,
  EnergyRate,
  Fill,
  GridRate,
  IndexedBlock,
  IndexedEvent,
  IndexedTransaction,
  Member,
  Payment,
  Prisma,
  RevokedKey,
  Session,
  SettlementRun,
  TradingDay,
  TradingPause,
} from './generated/client.ts'
import { FLEX_PROJECTIONS } from './flexibility/projection-tables.ts'

type ColumnType = 'int' | 'bigint' | 'numeric' | 'text' | 'boolean' | 'jsonb'

/** A projection's name in SQL, and the SQL type of every column that an insert gives a value. */
export type Table<Row> = {
  readonly name: string
  readonly columns: Readonly<Record<keyof Row & string, ColumnType>>
  /** What becomes of a row that is there already, in SQL; without it the database refuses the insert. */
  readonly onConflict?: string
}

export type BlockRow = IndexedBlock
export type TransactionRow = IndexedTransaction
export type EventRow = Omit<IndexedEvent, 'arguments'> & { arguments: unknown }
export type MemberRow = Omit<
  Member,
  'activeUntil' | 'mayBid' | 'mayOffer' | 'tradesUntil' | 'balanceMicroEuro' | 'debtMicroEuro' | 'creditLineMicroEuro'
>
export type DelegationRow = Delegation
export type RevokedKeyRow = RevokedKey
export type CredentialRow = Credential
export type AccreditationRow = Accreditation
export type DidOwnerRow = DidOwner
export type AreaRow = Pick<
  Area,
  | 'id'
  | 'firstPeriod'
  | 'lastPeriod'
  | 'gateClosureLeadSeconds'
  | 'readingDeadlineSeconds'
  | 'operatorDeadlineSeconds'
  | 'challengeWindowSeconds'
  | 'correctionDelaySeconds'
  | 'finalDelaySeconds'
>
export type EnergyRateRow = EnergyRate
export type GridRateRow = GridRate
/** What a page of a trading day's keys adds to the day. */
export type TradingDayRow = TradingDay
/** A session as it is when its gate closes. */
export type GateClosedRow = Pick<
  Session,
  'area' | 'period' | 'orderCount' | 'ordersHash' | 'gateClosedTransaction' | 'closedBy' | 'closedByMember' | 'isPaused'
>
export type TradingPauseRow = TradingPause
export type FillRow = Fill
/** A settlement run as it is when its statements are committed. */
export type CommittedRunRow = Omit<SettlementRun, 'paidAt' | 'paidTransaction' | 'withheldMicroEuro'>
export type PaymentRow = Payment
export type ChallengeRow = Challenge

export const BLOCKS: Table<BlockRow> = {
  name: 'indexed_blocks',
  columns: { number: 'int', hash: 'text', parentHash: 'text', timestamp: 'int', gasUsed: 'bigint' },
}
export const TRANSACTIONS: Table<TransactionRow> = {
  name: 'indexed_transactions',
  columns: {
    hash: 'text',
    blockNumber: 'int',
    position: 'int',
    sender: 'text',
    recipient: 'text',
    contract: 'text',
    function: 'text',
    succeeded: 'boolean',
    gasUsed: 'bigint',
  },
}
export const EVENTS: Table<EventRow> = {
  name: 'indexed_events',
  columns: {
    blockNumber: 'int',
    logIndex: 'int',
    transactionHash: 'text',
    contract: 'text',
    name: 'text',
    arguments: 'jsonb',
    area: 'int',
    period: 'int',
    memberId: 'int',
  },
}
export const MEMBERS: Table<MemberRow> = {
  name: 'members',
  columns: {
    id: 'int',
    area: 'int',
    kind: 'text',
    account: 'text',
    tradingKey: 'text',
    meterKey: 'text',
    quantityLimitWh: 'int',
    connectionPoint: 'text',
  },
}
export const DELEGATIONS: Table<DelegationRow> = {
  name: 'delegations',
  columns: {
    memberId: 'int',
    key: 'text',
    mayBid: 'boolean',
    mayOffer: 'boolean',
    quantityLimitWh: 'int',
    lowestPriceMicroEuroPerKwh: 'int',
    highestPriceMicroEuroPerKwh: 'int',
    expiry: 'bigint',
  },
}
export const REVOKED_KEYS: Table<RevokedKeyRow> = {
  name: 'revoked_keys',
  columns: { memberId: 'int', key: 'text', revokedAt: 'int', revokedTransaction: 'text' },
  onConflict:
    '(member_id, key) DO UPDATE SET revoked_at = EXCLUDED.revoked_at, ' +
    'revoked_transaction = EXCLUDED.revoked_transaction',
}
export const CREDENTIALS: Table<CredentialRow> = {
  name: 'credentials',
  columns: {
    id: 'text',
    issuer: 'text',
    subject: 'text',
    role: 'text',
    area: 'bigint',
    connectionPoint: 'text',
    digest: 'text',
    validFrom: 'bigint',
    validUntil: 'bigint',
    status: 'text',
    issuedBlock: 'int',
    issuedLogIndex: 'int',
    issuedTransaction: 'text',
    changedBlock: 'int',
    changedTransaction: 'text',
    changedBy: 'text',
  },
}
export const ACCREDITATIONS: Table<AccreditationRow> = {
  name: 'accreditations',
  columns: {
    issuer: 'text',
    role: 'text',
    area: 'bigint',
    status: 'text',
    changedBlock: 'int',
    changedTransaction: 'text',
  },
}
export const DID_OWNERS: Table<DidOwnerRow> = {
  name: 'did_owners',
  columns: { identity: 'text', owner: 'text', changedBlock: 'int', changedTransaction: 'text' },
  onConflict:
    '(identity) DO UPDATE SET owner = EXCLUDED.owner, changed_block = EXCLUDED.changed_block, ' +
    'changed_transaction = EXCLUDED.changed_transaction',
}
export const AREAS: Table<AreaRow> = {
  name: 'areas',
  columns: {
    id: 'int',
    firstPeriod: 'bigint',
    lastPeriod: 'bigint',
    gateClosureLeadSeconds: 'int',
    readingDeadlineSeconds: 'int',
    operatorDeadlineSeconds: 'int',
    challengeWindowSeconds: 'int',
    correctionDelaySeconds: 'int',
    finalDelaySeconds: 'int',
  },
}
export const ENERGY_RATES: Table<EnergyRateRow> = {
  name: 'energy_rates',
  columns: { area: 'int', period: 'int', retailMicroEuroPerKwh: 'int', feedInMicroEuroPerKwh: 'int' },
}
export const GRID_RATES: Table<GridRateRow> = {
  name: 'grid_rates',
  columns: { area: 'int', period: 'int', gridMicroEuroPerKwh: 'int', gridLocalMicroEuroPerKwh: 'int' },
}
export const TRADING_DAYS: Table<TradingDayRow> = {
  name: 'trading_days',
  columns: { area: 'int', day: 'int', entryCount: 'int', membersSeen: 'int', pages: 'int', isSealed: 'boolean' },
  onConflict:
    '(area, day) DO UPDATE SET entry_count = trading_days.entry_count + EXCLUDED.entry_count, ' +
    'members_seen = EXCLUDED.members_seen, pages = EXCLUDED.pages, is_sealed = trading_days.is_sealed OR EXCLUDED.is_sealed',
}
/** A gate is closed once more where a member acts in the operator's place. */
export const SESSIONS: Table<GateClosedRow> = {
  name: 'sessions',
  columns: {
    area: 'int',
    period: 'int',
    orderCount: 'int',
    ordersHash: 'text',
    gateClosedTransaction: 'text',
    closedBy: 'text',
    closedByMember: 'int',
    isPaused: 'boolean',
  },
  onConflict:
    '(area, period) DO UPDATE SET order_count = EXCLUDED.order_count, orders_hash = EXCLUDED.orders_hash, ' +
    'gate_closed_transaction = EXCLUDED.gate_closed_transaction, closed_by = EXCLUDED.closed_by, ' +
    'closed_by_member = EXCLUDED.closed_by_member, is_paused = EXCLUDED.is_paused',
}
export const TRADING_PAUSES: Table<TradingPauseRow> = {
  name: 'trading_pauses',
  columns: {
    blockNumber: 'int',
    logIndex: 'int',
    area: 'int',
    act: 'text',
    effectiveAt: 'bigint',
    until: 'bigint',
    reasonHash: 'text',
    by: 'text',
  },
}
export const FILLS: Table<FillRow> = {
  name: 'fills',
  columns: {
    area: 'int',
    period: 'int',
    trader: 'int',
    side: 'text',
    quantityWh: 'int',
    limitPriceMicroEuroPerKwh: 'int',
    expiry: 'bigint',
    salt: 'text',
    isFromLedger: 'boolean',
    filledWh: 'int',
    digest: 'text',
  },
}
export const SETTLEMENT_RUNS: Table<CommittedRunRow> = {
  name: 'settlement_runs',
  columns: {
    area: 'int',
    day: 'int',
    run: 'int',
    root: 'text',
    statementCount: 'int',
    totalMicroEuro: 'bigint',
    committedAt: 'int',
    committedTransaction: 'text',
    readingsAt: 'int',
  },
}
export const PAYMENTS: Table<PaymentRow> = {
  name: 'payments',
  columns: { area: 'int', day: 'int', run: 'int', memberId: 'int', amountMicroEuro: 'bigint' },
}
export const CHALLENGES: Table<ChallengeRow> = {
  name: 'challenges',
  columns: {
    blockNumber: 'int',
    logIndex: 'int',
    transactionHash: 'text',
    outcome: 'text',
    area: 'int',
    day: 'int',
    run: 'int',
    period: 'int',
    memberId: 'int',
    challenger: 'int',
    amountMicroEuro: 'bigint',
    owedMicroEuro: 'bigint',
  },
}

/** Every table that a replay of the ledger rebuilds. */
export const PROJECTIONS: readonly string[] = [
  ...[
    BLOCKS,
    TRANSACTIONS,
    EVENTS,
    MEMBERS,
    DELEGATIONS,
    REVOKED_KEYS,
    CREDENTIALS,
    ACCREDITATIONS,
    DID_OWNERS,
    AREAS,
    ENERGY_RATES,
    GRID_RATES,
    TRADING_DAYS,
    TRADING_PAUSES,
    SESSIONS,
    FILLS,
    SETTLEMENT_RUNS,
    PAYMENTS,
    CHALLENGES,
  ].map((table) => table.name),
  ...FLEX_PROJECTIONS,
]

/** One INSERT for any number of rows, which come as a single JSON parameter. */
function insertStatement<Row>({ name, columns, onConflict }: Table<Row>): string {
  const entries = Object.entries<ColumnType>(columns)
  const targets = entries.map(([column]) => quoted(snakeCaseOf(column)))
  const sources = entries.map(([column]) => quoted(column))
  const record = entries.map(([column, type]) => `${quoted(column)} ${type}`)
  return (
    `INSERT INTO ${quoted(name)} (${targets.join(', ')}) ` +
    `SELECT ${sources.join(', ')} FROM jsonb_to_recordset($1::jsonb) AS row(${record.join(', ')})` +
    (onConflict === undefined ? '' : ` ON CONFLICT ${onConflict}`)
  )
}

/** Adds the rows in one statement. */
export async function insert<Row>(
  client: Prisma.TransactionClient,
  table: Table<Row>,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length > 0) await client.$executeRawUnsafe(insertStatement(table), jsonOf(rows))
}

/** JSON with integers beyond a number's precision as strings, which PostgreSQL reads as integers again. */
export function jsonOf(rows: readonly unknown[]): string {
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
}

function snakeCaseOf(column: string): string {
  return column.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function quoted(name: string): string {
  return `"${name}"`
}
