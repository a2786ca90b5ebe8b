import { expect, test } from 'vitest'
import { connectStore } from '../../services/store/connect.ts'
import { isStoreUnreachable } from '../../services/store/unreachable.ts'
import { startTestPostgres } from './indexer-world.ts'

test('whatever a database says while it stops, and once it is gone, says that it cannot be reached', async () => {
  const postgres = await startTestPostgres(18_620)
  const store = connectStore(postgres.url)
  try {
    await store.client.$queryRaw`SELECT 1`
    let isStopped = false
    const stopping = postgres.stop().then(() => {
      isStopped = true
    })
    const failures: unknown[] = []
    const ask = (query: () => Promise<unknown>) => query().catch((error: unknown) => failures.push(error))
    while (!isStopped) await ask(() => store.client.$queryRaw`SELECT 1`)
    await stopping
    await ask(() => store.client.$queryRaw`SELECT 1`)
    await ask(() => store.client.indexedBlock.count())
    expect(failures.length).toBeGreaterThan(2)
    expect(failures.filter((failure) => !isStoreUnreachable(failure))).toEqual([])
  } finally {
    await store.close()
  }
})

test('a query that is wrong says nothing of the kind', async () => {
  const postgres = await startTestPostgres(18_621)
  const store = connectStore(postgres.url)
  try {
    const failure = await store.client.$queryRaw`SELECT nothing FROM nowhere`.catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect(isStoreUnreachable(failure)).toBe(false)
  } finally {
    await store.close()
    await postgres.stop()
  }
})
