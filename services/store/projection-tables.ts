import type {
  Area,
  EnergyRate,
  Fill,
  IndexedBlock,
  IndexedEvent,
  IndexedTransaction,
  Member,
  Payment,
  Session,
} from './generated/client.ts'

type ColumnType = 'int' | 'bigint' | 'text' | 'boolean' | 'jsonb'

/** A projection's name in SQL, and the SQL type of every column that an insert gives a value. */
type Table<Row> = { readonly name: string; readonly columns: Readonly<Record<keyof Row & string, ColumnType>> }

export type BlockRow = IndexedBlock
export type TransactionRow = IndexedTransaction
export type EventRow = Omit<IndexedEvent, 'arguments'> & { arguments: unknown }
export type MemberRow = Omit<Member, 'activeUntil' | 'balanceMicroEuro' | 'debtMicroEuro'>
export type AreaRow = Pick<
  Area,
  'id' | 'firstPeriod' | 'lastPeriod' | 'gateClosureLeadSeconds' | 'readingDeadlineSeconds'
>
export type EnergyRateRow = EnergyRate
/** A session as it is when its gate closes. */
export type GateClosedRow = Pick<Session, 'area' | 'period' | 'orderCount' | 'ordersHash' | 'gateClosedTransaction'>
export type FillRow = Fill
export type PaymentRow = Payment

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
export const AREAS: Table<AreaRow> = {
  name: 'areas',
  columns: {
    id: 'int',
    firstPeriod: 'bigint',
    lastPeriod: 'bigint',
    gateClosureLeadSeconds: 'int',
    readingDeadlineSeconds: 'int',
  },
}
export const ENERGY_RATES: Table<EnergyRateRow> = {
  name: 'energy_rates',
  columns: { area: 'int', period: 'int', retailMicroEuroPerKwh: 'int', feedInMicroEuroPerKwh: 'int' },
}
export const SESSIONS: Table<GateClosedRow> = {
  name: 'sessions',
  columns: { area: 'int', period: 'int', orderCount: 'int', ordersHash: 'text', gateClosedTransaction: 'text' },
}
export const FILLS: Table<FillRow> = {
  name: 'fills',
  columns: {
    area: 'int',
    period: 'int',
    memberId: 'int',
    side: 'text',
    quantityWh: 'int',
    limitPriceMicroEuroPerKwh: 'int',
    salt: 'text',
    filledWh: 'int',
    digest: 'text',
  },
}
export const PAYMENTS: Table<PaymentRow> = {
  name: 'payments',
  columns: { area: 'int', period: 'int', memberId: 'int', amountMicroEuro: 'bigint' },
}

/** Every table that a replay of the ledger rebuilds. */
export const PROJECTIONS = [BLOCKS, TRANSACTIONS, EVENTS, MEMBERS, AREAS, ENERGY_RATES, SESSIONS, FILLS, PAYMENTS].map(
  (table) => table.name,
)

/** One INSERT for any number of rows, which come as a single JSON parameter. */
export function insertStatement<Row>({ name, columns }: Table<Row>): string {
  const entries = Object.entries<ColumnType>(columns)
  const targets = entries.map(([column]) => quoted(snakeCaseOf(column)))
  const sources = entries.map(([column]) => quoted(column))
  const record = entries.map(([column, type]) => `${quoted(column)} ${type}`)
  return (
    `INSERT INTO ${quoted(name)} (${targets.join(', ')}) ` +
    `SELECT ${sources.join(', ')} FROM jsonb_to_recordset($1::jsonb) AS row(${record.join(', ')})`
  )
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
