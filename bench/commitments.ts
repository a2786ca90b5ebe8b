import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { delegateReadings } from '../services/chain/delegations.ts'
import { deployContracts, openArea } from '../services/chain/deploy.ts'
import { advanceTo } from '../services/chain/hardhat-time.ts'
import { connectLedger, type Ledger } from '../services/chain/ledger.ts'
import { readCommitment, readReadingsVersion } from '../services/chain/sessions.ts'
import { localSigningKey } from '../services/chain/signing-key.ts'
import { createTransactionSender } from '../services/chain/transactions.ts'
import { deliveryPeriod, endOf, energyWh, startOf } from '../services/domain/units.ts'
import type { Meter } from '../services/gateway/meters.ts'
import { startPeriodCommitter } from '../services/gateway/period-committer.ts'
import { createSalts } from '../services/runtime/salts.ts'
import { connectStore, type Store } from '../services/store/connect.ts'
import { migrateStore } from '../services/store/migrate.ts'
import { outboxOf } from '../services/store/outbox.ts'
import {
  findLastReadingBatch,
  insertReadings,
  readLeafEnds,
  readMeteredProfiles,
  readOpenEstimates,
  readReadingBatch,
  readReadingsAround,
  readReadingsBesides,
  removeReadingCorrection,
  storeReadingBatch,
} from '../services/store/readings.ts'
import { startTestPostgres } from '../test/integration/indexer-world.ts'
import { CALENDAR, FIRST_PERIOD, KEYS, SILENT_LOG } from '../test/integration/ledger-fixture.ts'
import type { Figure } from './figure.ts'
import { randomKey } from './ledger-world.ts'

const PORT = 18_396
const AREAS = 100
const METERS_OF_AREA = 1_000
const SIGNERS = 16
/** Of a permissioned ledger (QBFT). */
const BLOCK_MS = 1_000
const POLL_MS = 100

/** A period's readings of 100,000 meters: decided, kept, and committed on a ledger with a block a second. */
export async function measureCommitments(): Promise<Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-commitments-'))
  const keys = Array.from({ length: SIGNERS }, randomKey)
  const postgres = await startTestPostgres(PORT)
  const node = await startNode(PORT + 1, [...Object.values(KEYS), ...keys])
  await migrateStore(postgres.url)
  const store = connectStore(postgres.url)
  const url = `http://127.0.0.1:${PORT + 1}`
  const { addresses } = await deployContracts({ url, keys: KEYS })
  const ledger = await connectLedger({ url, addresses })
  try {
    await openAreas(ledger, keys)
    await insertPeriod(store)
    const seconds = await secondsToCommit({ folder, keys, ledger, store })
    const transactions = await store.client.gatewayTransaction.count()
    return [
      {
        name: 'gateway.secondsToCommit100kReadings',
        value: Number(seconds.toFixed(1)),
        unit: 's',
        target: '<= 20',
        reference: `${AREAS} areas, ${SIGNERS} signers, a block a second`,
      },
      {
        name: 'gateway.transactionsOfAreaAndPeriod',
        value: transactions / AREAS,
        unit: 'transactions',
        target: '<= 2',
        reference: null,
      },
    ]
  } finally {
    ledger.close()
    await store.close()
    node.kill('SIGKILL')
    await postgres.stop()
    await rm(folder, { recursive: true })
  }
}

async function startNode(port: number, privateKeys: readonly string[]): Promise<ChildProcess> {
  const genesisTime = startOf(FIRST_PERIOD) - 7_200
  const child = fork(fileURLToPath(new URL('../scripts/embedded/ledger.ts', import.meta.url)), [], {
    env: {
      ...process.env,
      COMMONWATT_EMBEDDED_LEDGER: JSON.stringify({ port, genesisTime, mining: 'each', privateKeys }),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return child
}

/** Areas with as many meters each as their signer may commit the readings of, from the first period on. */
async function openAreas(ledger: Ledger, keys: readonly string[]): Promise<void> {
  const meters = Array.from({ length: METERS_OF_AREA }, (_, index) => `0x${(index + 1).toString(16).padStart(40, '0')}`)
  for (const area of areas()) {
    await openArea(ledger, KEYS, area, CALENDAR)
    const gateway = keys[(area - 1) % SIGNERS]!
    await delegateReadings(ledger, { meteringOperator: KEYS.meteringOperator, gateway }, area, meters)
  }
  await advanceTo(ledger, endOf(FIRST_PERIOD))
  await ledger.provider.send('evm_setAutomine', [false])
  await ledger.provider.send('evm_setIntervalMining', [BLOCK_MS])
}

const areas = () => Array.from({ length: AREAS }, (_, index) => index + 1)

const membersOf = (area: number) =>
  Array.from({ length: METERS_OF_AREA }, (_, index) => (area - 1) * METERS_OF_AREA + index + 1)

/** What every meter read at the beginning of the period and at its end. */
async function insertPeriod(store: Store): Promise<void> {
  for (const area of areas()) {
    const readings = [0, 1].flatMap((sequence) =>
      membersOf(area).map((memberId) => ({ ...readingOf(memberId, sequence), memberId })),
    )
    await insertReadings(
      store,
      readings.map((reading) => ({
        ...reading,
        ...{ signature: `0x${'11'.repeat(65)}`, signedBy: 'meter', receivedAt: 0 },
        follows: reading.sequence === 1 ? null : deliveryPeriod(FIRST_PERIOD - 1),
      })),
    )
  }
}

function readingOf(memberId: number, sequence: number) {
  return {
    deliveryPeriod: deliveryPeriod(FIRST_PERIOD - 1 + sequence),
    sequence: sequence + 1,
    importRegister: energyWh(BigInt(memberId + sequence * 250)),
    exportRegister: energyWh(BigInt(sequence * 20)),
  }
}

type Parts = {
  readonly folder: string
  readonly keys: readonly string[]
  readonly ledger: Ledger
  readonly store: Store
}

async function secondsToCommit({ folder, keys, ledger, store }: Parts): Promise<number> {
  await mkdir(path.join(folder, 'keys'))
  await writeFile(path.join(folder, 'keys', 'salt.secret'), `${randomKey()}\n`)
  const salts = await createSalts(folder)
  const outbox = outboxOf(store, 'gateway')
  const senders = keys.map((key) =>
    createTransactionSender({ ledger, key: localSigningKey(key), outbox, pollMs: POLL_MS, log: SILENT_LOG }),
  )
  const ends: Promise<void>[] = []
  const committers = []
  for (const area of areas()) {
    let onCommitted = () => {}
    let onFailure: (error: unknown) => void = () => {}
    ends.push(new Promise((resolve, reject) => ([onCommitted, onFailure] = [resolve, reject])))
    const meters = membersOf(area).map((memberId) => meterOf(area, memberId))
    committers.push(
      await startPeriodCommitter({
        area,
        calendar: CALENDAR,
        now: () => endOf(FIRST_PERIOD),
        hearingSince: () => 0,
        meters: () => meters,
        lastOf: (memberId) => readingOf(memberId, 1),
        flushed: async () => undefined,
        saltOf: (purpose) => salts(purpose, undefined),
        store: tablesOf(store),
        send: (purpose, call) => senders[(area - 1) % SIGNERS]!.send(purpose, call),
        readCommitment: (period, version) => readCommitment(ledger, area, period, version),
        readVersion: (period) => readReadingsVersion(ledger, area, period),
        onCommitted,
        onFailure,
      }),
    )
  }
  const began = performance.now()
  for (const committer of committers) committer.look()
  await Promise.all(ends)
  const seconds = (performance.now() - began) / 1_000
  for (const sender of senders) sender.stop()
  await Promise.all(committers.map((committer) => committer.stop()))
  return seconds
}

function meterOf(area: number, memberId: number): Meter {
  const address = `0x${memberId.toString(16).padStart(40, '0')}`
  return { memberId, area, address, connectionCapacityW: 17_250, activeUntil: null, certifiedUntil: 2 ** 32 }
}

function tablesOf(store: Store): Parameters<typeof startPeriodCommitter>[0]['store'] {
  return {
    findLastBatch: (area) => findLastReadingBatch(store, area),
    readBatch: (area, period, version) => readReadingBatch(store, area, period, version),
    readReadingsAround: (period, memberIds) => readReadingsAround(store, period, memberIds),
    readReadingsBesides: (period, memberIds) => readReadingsBesides(store, period, memberIds),
    readLeafEnds: (period, memberIds) => readLeafEnds(store, period, memberIds),
    readMeteredProfiles: (period, memberIds) => readMeteredProfiles(store, period, memberIds),
    readOpenEstimates: (area, from) => readOpenEstimates(store, area, from),
    removeCorrection: (batch) => removeReadingCorrection(store, batch),
    storeBatch: (batch) => storeReadingBatch(store, batch),
  }
}
