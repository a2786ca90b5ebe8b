import { expect, test } from 'vitest'
import { connectStore } from '../../services/store/connect.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { outboxOf } from '../../services/store/outbox.ts'
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

test('a database without room says that it cannot take anything now', async () => {
  const postgres = await startTestPostgres(18_622)
  await migrateStore(postgres.url)
  const store = connectStore(postgres.url)
  try {
    // What a full disk has PostgreSQL say (disk_full).
    await store.client.$executeRawUnsafe(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
    )
    await store.client.$executeRawUnsafe(
      'CREATE TRIGGER full_disk BEFORE INSERT ON registrar_transactions FOR EACH ROW EXECUTE FUNCTION refuse()',
    )
    const outbox = outboxOf(store, 'registrar')
    const entry = { sender: '0x', nonce: 0, purpose: 'any', rawTransaction: '0x', hash: '0x', earlierHashes: [] }
    const failures = [
      await outbox.add({ ...entry, status: 'signed', blockNumber: null }).catch((error: unknown) => error),
      await store.client.$executeRaw`INSERT INTO registrar_transactions VALUES ('0x', 0, 'p', '0x', '0x')`.catch(
        (error: unknown) => error,
      ),
    ]
    expect(failures.map(isStoreUnreachable)).toEqual([true, true])
  } finally {
    await store.close()
    await postgres.stop()
  }
})
