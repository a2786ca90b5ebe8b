import type { Store } from '../connect.ts'
import type { IndexedEvent, IndexedTransaction, Prisma } from '../generated/client.ts'

export type BlockView = {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly timestamp: number
  readonly gasUsed: bigint
  readonly transactionCount: number
}

export type TransactionSummaryView = {
  readonly hash: string
  readonly blockNumber: number
  readonly timestamp: number
  readonly position: number
  readonly sender: string
  readonly recipient: string | null
  readonly contract: string | null
  readonly function: string | null
  readonly succeeded: boolean
  readonly gasUsed: bigint
}

export type LedgerEventView = {
  readonly blockNumber: number
  readonly logIndex: number
  readonly timestamp: number
  readonly transactionHash: string
  readonly contract: string
  readonly name: string
  readonly arguments: Record<string, unknown>
  readonly period: number | null
  readonly memberId: number | null
}

export type EventFilter = {
  readonly contract?: string | undefined
  readonly name?: string | undefined
  readonly period?: number | undefined
  readonly memberId?: number | undefined
  /** `block-logIndex`. */
  readonly before?: string | undefined
  readonly limit: number
}

/** Blocks, newest first. */
export async function listBlocks(
  store: Store,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<{ items: BlockView[]; nextBefore: number | null }> {
  const items = await selectBlocks(store, before ?? 2 ** 31 - 1, limit)
  const last = items.at(-1)
  return { items, nextBefore: last !== undefined && items.length === limit && last.number > 0 ? last.number : null }
}

/** Null where the block is not in the database. */
export async function readBlock(
  store: Store,
  number: number,
): Promise<(BlockView & { transactions: TransactionSummaryView[] }) | null> {
  const block = await store.client.indexedBlock.findUnique({ where: { number } })
  if (block === null) return null
  const transactions = await store.client.indexedTransaction.findMany({
    where: { blockNumber: number },
    orderBy: { position: 'asc' },
  })
  return {
    ...block,
    transactionCount: transactions.length,
    transactions: transactions.map((transaction) => ({ ...transaction, timestamp: block.timestamp })),
  }
}

/** Null where the transaction is not in the database. */
export async function readTransaction(
  store: Store,
  hash: string,
): Promise<(TransactionSummaryView & { events: LedgerEventView[] }) | null> {
  const transaction = await store.client.indexedTransaction.findUnique({ where: { hash } })
  if (transaction === null) return null
  const [events, timestamps] = await Promise.all([
    store.client.indexedEvent.findMany({ where: { transactionHash: hash }, orderBy: { logIndex: 'asc' } }),
    readTimestamps(store, [transaction.blockNumber]),
  ])
  return {
    ...transaction,
    timestamp: timestamps.get(transaction.blockNumber) ?? 0,
    events: events.map((event) => eventViewOf(event, timestamps)),
  }
}

/** Events, newest first. */
export async function listEvents(
  store: Store,
  { before, limit, ...filter }: EventFilter,
): Promise<{ items: LedgerEventView[]; nextBefore: string | null }> {
  const rows = await store.client.indexedEvent.findMany({
    where: whereOf(filter, before),
    orderBy: [{ blockNumber: 'desc' }, { logIndex: 'desc' }],
    take: limit + 1,
  })
  const page = rows.slice(0, limit)
  const timestamps = await readTimestamps(
    store,
    page.map((row) => row.blockNumber),
  )
  const last = page.at(-1)
  return {
    items: page.map((row) => eventViewOf(row, timestamps)),
    nextBefore: rows.length > limit && last !== undefined ? `${last.blockNumber}-${last.logIndex}` : null,
  }
}

/** The transactions with these hashes, with the time of their blocks, by hash. */
export async function readSteps(
  store: Store,
  hashes: readonly string[],
): Promise<Map<string, Pick<IndexedTransaction, 'hash' | 'blockNumber'> & { timestamp: number }>> {
  const rows = await store.client.indexedTransaction.findMany({
    where: { hash: { in: [...hashes] } },
    select: { hash: true, blockNumber: true },
  })
  const timestamps = await readTimestamps(
    store,
    rows.map((row) => row.blockNumber),
  )
  return new Map(rows.map((row) => [row.hash, { ...row, timestamp: timestamps.get(row.blockNumber) ?? 0 }]))
}

function selectBlocks(store: Store, before: number, limit: number): Promise<BlockView[]> {
  return store.client.$queryRaw<BlockView[]>`
    SELECT b.number, b.hash, b.parent_hash AS "parentHash", b.timestamp, b.gas_used AS "gasUsed",
      (SELECT count(*) FROM indexed_transactions t WHERE t.block_number = b.number)::int AS "transactionCount"
    FROM indexed_blocks b
    WHERE b.number < ${before}
    ORDER BY b.number DESC LIMIT ${limit}`
}

function whereOf(
  filter: Omit<EventFilter, 'before' | 'limit'>,
  before: string | undefined,
): Prisma.IndexedEventWhereInput {
  const { contract, name, period, memberId } = filter
  const equal = {
    ...(contract === undefined ? {} : { contract }),
    ...(name === undefined ? {} : { name }),
    ...(period === undefined ? {} : { period }),
    ...(memberId === undefined ? {} : { memberId }),
  }
  if (before === undefined) return equal
  const [block, log] = before.split('-').map(Number) as [number, number]
  return { ...equal, blockNumber: { lte: block }, NOT: { blockNumber: block, logIndex: { gte: log } } }
}

async function readTimestamps(store: Store, numbers: readonly number[]): Promise<Map<number, number>> {
  const blocks = await store.client.indexedBlock.findMany({
    where: { number: { in: [...new Set(numbers)] } },
    select: { number: true, timestamp: true },
  })
  return new Map(blocks.map((block) => [block.number, block.timestamp]))
}

function eventViewOf(event: IndexedEvent, timestamps: ReadonlyMap<number, number>): LedgerEventView {
  return {
    blockNumber: event.blockNumber,
    logIndex: event.logIndex,
    timestamp: timestamps.get(event.blockNumber) ?? 0,
    transactionHash: event.transactionHash,
    contract: event.contract,
    name: event.name,
    arguments: event.arguments as Record<string, unknown>,
    period: event.period,
    memberId: event.memberId,
  }
}
