import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connect, type MqttClient } from 'mqtt'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'
import type { RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { startOf } from '../../services/domain/units.ts'
import { rebuildProjections } from '../../services/indexer/rebuild.ts'
import { presenceTopicOf, type Presence } from '../../services/runtime/presence.ts'
import type { Store } from '../../services/store/connect.ts'
import { readIndexCursor } from '../../services/store/projections.ts'
import {
  actorOf,
  createFollower,
  dumpProjections,
  holdSession,
  periodAfter,
  startIndexer,
  startTestPostgres,
  withClient,
  type Actor,
  type IndexerProcess,
} from './indexer-world.ts'
import {
  eventually,
  KEYS,
  setUpMarket,
  startLedger,
  startProxy,
  type Market,
  type Proxy,
  type RunningLedger,
} from './ledger-fixture.ts'

let postgres: RunningPostgres
let broker: RunningBroker
let observer: MqttClient
let node: RunningLedger
let proxy: Proxy
let market: Market
let actors: { operator: Actor; gateway: Actor }
let presence: Presence | null = null
let nextPeriod = 0
const processes: IndexerProcess[] = []
const stores: Store[] = []

beforeAll(async () => {
  postgres = await startTestPostgres(18_230)
  broker = await startBroker({ port: 18_231, servicePassword: 'secret' })
  node = await startLedger(18_232)
  proxy = await startProxy(18_233, node.url)
  market = await setUpMarket(node.url)
  await advanceTo(market.ledger, startOf(periodAfter(95)))
  actors = { operator: actorOf(market, KEYS.marketOperator), gateway: actorOf(market, KEYS.gateway) }
  observer = connect(broker.url)
  observer.on('message', (_, payload) => (presence = JSON.parse(payload.toString()) as Presence))
  await observer.subscribeAsync(presenceTopicOf('indexer'), { qos: 1 })
})
afterEach(async () => {
  for (const { process } of processes.splice(0)) process.kill('SIGKILL')
  for (const store of stores.splice(0)) await store.close()
  proxy.treat = () => 'pass'
  presence = null
})
afterAll(async () => {
  await observer.endAsync()
  market.ledger.close()
  await proxy.stop()
  await node.stop()
  await broker.stop()
  await postgres.stop()
})

const followerOf = async (name: string): Promise<Store> => {
  const store = await createFollower(postgres, name, market)
  stores.push(store)
  return store
}

const start = (store: Store): IndexerProcess => {
  const indexer = startIndexer({ databaseUrl: store.url, ledgerUrl: proxy.url, brokerUrl: broker.url })
  processes.push(indexer)
  return indexer
}

const session = () => holdSession(market, actors, periodAfter(nextPeriod++))

const isUpToDate = async (store: Store) =>
  (await readIndexCursor(store))?.number === (await readLatestBlock(market.ledger)).number

test('an indexer that is killed again and again makes the same rows as one that never was', async () => {
  const store = await followerOf('killed')
  for (let kills = 0; kills < 6; kills += 1) {
    const before = await readIndexCursor(store)
    const indexer = start(store)
    const sessions = (async () => {
      for (let count = 0; count < 3; count += 1) await session()
    })()
    await eventually(async () => (await readIndexCursor(store))?.number !== before?.number)
    // Somewhere between the beginning and the end of whatever batch comes next.
    await new Promise((resolve) => setTimeout(resolve, kills * 7))
    indexer.process.kill('SIGKILL')
    await sessions
  }

  const survivor = start(store)
  await eventually(() => isUpToDate(store))
  const rows = await dumpProjections(store.url)
  survivor.process.kill('SIGKILL')
  await rebuildProjections({ databaseUrl: store.url, ledgerUrl: node.url })
  expect(rows).toEqual(await dumpProjections(store.url))
  expect(rows.fills?.split('\n')).toHaveLength(nextPeriod * 2)
})

test('an indexer waits for a ledger that is away, says so, and goes on', async () => {
  const store = await followerOf('ledger_away')
  start(store)
  await eventually(() => presence?.state === 'up')
  proxy.treat = () => 'refuse'
  await eventually(() => presence?.state === 'degraded')
  expect(presence?.detail).toBe('the ledger does not answer')
  await session()
  proxy.treat = () => 'pass'
  await eventually(() => isUpToDate(store))
  await eventually(() => presence?.state === 'up')
})

test('an indexer survives the loss of every connection to the database', async () => {
  const store = await followerOf('database_away')
  const { process } = start(store)
  await eventually(() => isUpToDate(store))
  await withClient(postgres.url, async (client) => {
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'database_away'")
  })
  await session()
  await eventually(() => isUpToDate(store))
  expect(process.exitCode).toBeNull()
})

test('an indexer refuses to start on a database that follows another ledger', async () => {
  const store = await createFollower(postgres, 'other_ledger', { ...market, deploymentHash: `0x${'99'.repeat(32)}` })
  stores.push(store)
  const { process, lines } = start(store)
  await eventually(() => process.exitCode !== null)
  expect(process.exitCode).toBe(1)
  expect(lines.join('\n')).toContain('"code":"ledger-mismatch"')
  expect(await readIndexCursor(store)).toBeNull()
})

test('an indexer stops cleanly when asked', async () => {
  const { process } = start(await followerOf('asked'))
  await eventually(() => presence?.state === 'up')
  process.kill('SIGTERM')
  await eventually(() => process.exitCode !== null)
  expect(process.exitCode).toBe(0)
  await eventually(() => presence?.state === 'down')
})

test('an indexer that is asked to stop while the ledger is away stops too', async () => {
  proxy.treat = () => 'refuse'
  const { process } = start(await followerOf('asked_while_away'))
  await eventually(() => presence?.state === 'degraded')
  process.kill('SIGTERM')
  await eventually(() => process.exitCode !== null)
  expect(process.exitCode).toBe(0)
})
