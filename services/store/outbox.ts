import type { Store } from './connect.ts'

export type OutboxEntry = {
  readonly sender: string
  readonly nonce: number
  readonly purpose: string
  readonly rawTransaction: string
  readonly hash: string
  /** Of transactions for the purpose that were signed before this one and may have been sent. */
  readonly earlierHashes: readonly string[]
  readonly status: 'signed' | 'mined' | 'reverted'
  readonly blockNumber: number | null
}

type Row = Omit<OutboxEntry, 'status'> & { status: string }

/** The signed transactions of one service, kept until they are mined and afterwards. */
export function outboxOf(store: Store, owner: 'gateway' | 'operator' | 'registrar' | 'grid-operator' | 'aggregator') {
  // The tables have the same columns; only their writers differ.
  const tables = {
    gateway: store.client.gatewayTransaction as unknown as typeof store.client.operatorTransaction,
    operator: store.client.operatorTransaction,
    registrar: store.client.registrarTransaction as unknown as typeof store.client.operatorTransaction,
    aggregator: store.client.aggregatorTransaction as unknown as typeof store.client.operatorTransaction,
    'grid-operator': store.client.gridOperatorTransaction as unknown as typeof store.client.operatorTransaction,
  }
  const table = tables[owner]

  return {
    async find(purpose: string): Promise<OutboxEntry | null> {
      const row = await table.findUnique({ where: { purpose } })
      return row === null ? null : entryOf(row)
    },
    async pending(): Promise<OutboxEntry[]> {
      const rows = await table.findMany({ where: { status: 'signed' }, orderBy: { nonce: 'asc' } })
      return rows.map(entryOf)
    },
    async add(entry: OutboxEntry): Promise<void> {
      const row = rowOf(entry)
      await table.upsert({ where: { purpose: entry.purpose, status: 'reverted' }, create: row, update: row })
    },
    /** Refuses where the entry of that purpose is not `replaced` any more. */
    async replace({ purpose, hash }: OutboxEntry, entry: OutboxEntry): Promise<void> {
      await table.update({ where: { purpose, hash, status: 'signed' }, data: rowOf(entry) })
    },
    async markMined(purpose: string, status: 'mined' | 'reverted', blockNumber: number, hash: string): Promise<void> {
      await table.update({ where: { purpose }, data: { status, blockNumber, hash } })
    },
  }
}

function rowOf(entry: OutboxEntry) {
  return { ...entry, earlierHashes: [...entry.earlierHashes] }
}

function entryOf(row: Row): OutboxEntry {
  return { ...row, status: row.status as OutboxEntry['status'] }
}
