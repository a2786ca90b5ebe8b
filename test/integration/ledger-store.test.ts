import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { readLedger, readLedgerAddresses, writeLedger } from '../../services/store/ledger.ts'
import { holdLock } from '../../services/store/lock.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { listen, notify } from '../../services/store/notifications.ts'
import { resetStore } from '../../services/store/reset.ts'
import { listMigrations, MIGRATIONS_FOLDER, SCHEMA_FILE } from '../../services/store/schema-engine.ts'
import { startTestPostgres, withClient } from './indexer-world.ts'
import { eventually } from './ledger-fixture.ts'

const ADDRESS = `0x${'12'.repeat(20)}`
const LEDGER = {
  chainId: 31_337,
  deploymentHash: `0x${'34'.repeat(32)}`,
  addresses: {
    accessManager: ADDRESS,
    didRegistry: ADDRESS,
    credentialRegistry: ADDRESS,
    recovery: ADDRESS,
    delegations: ADDRESS,
    passkeyAccounts: ADDRESS,
    memberRegistry: ADDRESS,
    areaRegistry: ADDRESS,
    tradingDays: ADDRESS,
    callAuction: ADDRESS,
    orderReceipts: ADDRESS,
    meterReadings: ADDRESS,
    settlement: ADDRESS,
    challenges: ADDRESS,
    accounts: ADDRESS,
    settlementCurrency: ADDRESS,
    council: ADDRESS,
    tradingPause: ADDRESS,
    flexProducts: ADDRESS,
    congestionPoints: ADDRESS,
    flexPortfolios: ADDRESS,
    flexReservations: ADDRESS,
    flexRequests: ADDRESS,
    flexOrders: ADDRESS,
    flexNominations: ADDRESS,
    flexCalendars: ADDRESS,
    flexBaselines: ADDRESS,
    flexSettlement: ADDRESS,
    flexChallenges: ADDRESS,
  },
}

let postgres: RunningPostgres
let store: Store

beforeAll(async () => {
  postgres = await startTestPostgres(18_245)
})
afterAll(async () => {
  await store.close()
  await postgres.stop()
})

describe('migrations', () => {
  test('bring an empty database to the schema, once', async () => {
    expect(await migrateStore(postgres.url)).toEqual(await listMigrations())
    expect(await migrateStore(postgres.url)).toEqual([])

    store = connectStore(postgres.url)
    const models = Object.entries(store.client).filter(([name]) => /^[a-z]/.test(name))
    const tables = models.filter(([, model]) => typeof (model as { count?: unknown }).count === 'function')
    expect(tables.length).toBeGreaterThan(10)
    for (const [, model] of tables) expect(await (model as { findFirst(): Promise<unknown> }).findFirst()).toBeNull()
  })

  test('lead to the schema as it is: whoever changes it adds a migration', async () => {
    const last = (await listMigrations()).at(-1) ?? ''
    const reached = await readFile(path.join(MIGRATIONS_FOLDER, last, 'schema.prisma'), 'utf8')
    expect(await readFile(SCHEMA_FILE, 'utf8')).toBe(reached)
  })
})

describe('the ledger that a database follows', () => {
  test('is known once the set-up has written it', async () => {
    expect(await readLedger(store)).toBeNull()
    await expect(readLedgerAddresses(store)).rejects.toMatchObject({ code: 'ledger-not-set-up' })
    await writeLedger(store, LEDGER)
    expect(await readLedger(store)).toEqual(LEDGER)
    expect(await readLedgerAddresses(store)).toEqual(LEDGER.addresses)
  })

  test('is forgotten by a reset, which says what it removed', async () => {
    await store.client.meterReading.create({
      data: {
        memberId: 3,
        period: 1,
        sequence: 1,
        importRegisterWh: 1n,
        exportRegisterWh: 1n,
        signature: '0x',
        receivedAt: 1,
      },
    })
    expect(await resetStore(store)).toEqual({ sessions: 0, orders: 0, readings: 1 })
    expect(await readLedger(store)).toBeNull()
    expect(await migrateStore(postgres.url)).toEqual([])
  })
})

describe('holdLock', () => {
  const options = { patienceMs: 200 }

  test('lets one instance in at a time, and the next one when it is gone', async () => {
    const release = await holdLock(postgres.url, 'indexer', options)
    await expect(holdLock(postgres.url, 'indexer', options)).rejects.toMatchObject({ code: 'already-running' })
    const releaseOther = await holdLock(postgres.url, 'gateway', options)
    const waiting = holdLock(postgres.url, 'indexer', { patienceMs: 5_000 })
    await release()
    await (
      await waiting
    )()
    await releaseOther()
  })

  test('takes the lock again when its connection broke', async () => {
    const release = await holdLock(postgres.url, 'indexer', options)
    await killConnections('service:indexer')
    await eventually(async () => (await countLocks()) === 1)
    await expect(holdLock(postgres.url, 'indexer', options)).rejects.toMatchObject({ code: 'already-running' })
    await release()
  })

  test('tells when another instance took the lock meanwhile', async () => {
    const lost: unknown[] = []
    const release = await holdLock(postgres.url, 'indexer', { ...options, onLost: (error) => lost.push(error) })
    const usurper = holdLock(postgres.url, 'indexer', { patienceMs: 5_000 })
    await killConnections('service:indexer')
    const releaseUsurper = await usurper
    await eventually(() => lost.length > 0)
    expect(lost).toMatchObject([{ code: 'already-running' }])
    await releaseUsurper()
    await release()
  })
})

describe('listen', () => {
  test('hears what was said on its channel, also after its connection broke', async () => {
    const heard: string[] = []
    let reconnections = 0
    const stop = await listen(postgres.url, 'projection', (payload) => heard.push(payload), {
      onReconnect: () => (reconnections += 1),
    })
    await notify(store, 'projection', 'one')
    await eventually(() => heard.length === 1)
    await killListeners()
    await eventually(() => reconnections === 1)
    await notify(store, 'projection', 'two')
    await eventually(() => heard.length === 2)
    await stop()
    expect(heard).toEqual(['one', 'two'])
  })
})

/** Only of the connections that hold the advisory lock, as if their network had failed. */
async function killConnections(name: string): Promise<void> {
  await withClient(postgres.url, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
       WHERE locktype = 'advisory' AND granted AND objid::bigint = hashtext($1)::bigint & 4294967295`,
      [name],
    ),
  )
}

async function countLocks(): Promise<number> {
  return withClient(postgres.url, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND granted",
    )
    return rows[0]?.count ?? 0
  })
}

async function killListeners(): Promise<void> {
  await withClient(postgres.url, (client) =>
    client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"),
  )
}
