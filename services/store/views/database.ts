import type { Store } from '../connect.ts'

/** The latest block in the database, null before the first. Throws where the database does not answer. */
export async function readIndexedBlock(store: Store): Promise<number | null> {
  const indexed = await store.client.indexedBlock.aggregate({ _max: { number: true } })
  return indexed._max.number
}

/** Whether the projection holds the transaction. */
export async function isTransactionIndexed(store: Store, hash: string): Promise<boolean> {
  return (await store.client.indexedTransaction.count({ where: { hash } })) > 0
}
