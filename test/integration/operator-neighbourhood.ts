import { fork, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'
import { startPostgres, type RunningPostgres } from '../../scripts/embedded/postgres.ts'
import {
  makeHouseholdKeys,
  prepareRoleKeys,
  seededKeys,
  writeHouseholdKeys,
  type RoleKeys,
} from '../../scripts/setup/keys.ts'
import { deployContracts, fundAccounts, openArea, registerMembers, setTariff } from '../../services/chain/deploy.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { orderDigest, orderDomain, signOrder } from '../../services/chain/orders.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { Side } from '../../services/domain/market/order.ts'
import { readingTreeOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import {
  deliveryPeriod,
  endOf,
  energyWh,
  money,
  price,
  rate,
  startOf,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { writeHouseholds } from '../../services/store/households.ts'
import { writeLedger } from '../../services/store/ledger.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { placeOrders, type Placing } from '../../services/store/orders.ts'
import { storeReadingBatch } from '../../services/store/readings.ts'

export const AREA = 1
export const FIRST_PERIOD = deliveryPeriod(1_950_000)
export const SUPPLIER = 1
export const DSO = 2
/** Member ids of the households. */
export const HOUSEHOLDS = [3, 4, 5, 6] as const
export const GATE_CLOSURE_LEAD = 300
export const QUANTITY_LIMIT = 5_000n
const ZERO = `0x${'00'.repeat(32)}`

export type Platform = {
  readonly postgres: RunningPostgres
  readonly broker: RunningBroker
  readonly folder: string
  readonly stop: () => Promise<void>
}

/** A neighbourhood of four households on a ledger and in a database of its own. */
export type Neighbourhood = {
  readonly dataFolder: string
  readonly databaseUrl: string
  readonly ledgerUrl: string
  readonly ledger: Ledger
  readonly store: Store
  readonly keys: RoleKeys
  readonly households: readonly HouseholdKeys[]
  readonly stop: () => Promise<void>
}

export async function startPlatform(ports: { postgres: number; broker: number }): Promise<Platform> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'commonwatt-operator-'))
  // PostgreSQL runs as a user of its own where the tests run as root.
  await chmod(folder, 0o711)
  const postgres = await startPostgres({ folder: path.join(folder, 'postgres'), port: ports.postgres })
  const broker = await startBroker({ port: ports.broker, servicePassword: 'secret' })
  return {
    postgres,
    broker,
    folder,
    async stop() {
      await broker.stop()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function startNeighbourhood(
  platform: Platform,
  { name, ledgerPort, lastPeriod }: { name: string; ledgerPort: number; lastPeriod: number },
): Promise<Neighbourhood> {
  const databaseUrl = await createDatabase(platform.postgres.url, name)
  await migrateStore(databaseUrl)
  const dataFolder = path.join(platform.folder, name)
  const source = seededKeys('operator tests')
  const keys = await prepareRoleKeys(dataFolder, source)
  const ledgerUrl = `http://127.0.0.1:${ledgerPort}`
  const node = await startLedger(ledgerPort, Object.values(keys))

  const { addresses, deploymentHash } = await deployContracts({
    url: ledgerUrl,
    keys: {
      administrator: keys.administrator,
      marketOperator: keys['market-operator'],
      gateway: keys.gateway,
      supplier: keys.supplier,
      dso: keys.dso,
      settlementBank: keys['settlement-bank'],
    },
  })
  const ledger = await connectLedger({ url: ledgerUrl, addresses })
  const households = makeHouseholdKeys(
    HOUSEHOLDS.map((memberId) => `home-${memberId}`),
    source,
  ).map((household, index) => ({ ...household, memberId: HOUSEHOLDS[index]! }))
  await setUp(ledger, keys, households, lastPeriod)
  await writeHouseholdKeys(dataFolder, households)

  const store = connectStore(databaseUrl)
  await writeLedger(store, { chainId: Number(ledger.chainId), deploymentHash, addresses })
  await writeHouseholds(
    store,
    households.map((household) => ({
      memberId: household.memberId,
      area: AREA,
      name: household.name,
      account: addressOfKey(household.tradingKey),
      tradingKey: addressOfKey(household.tradingKey),
      meterKey: addressOfKey(household.meterKey),
      connectionPoint: household.name,
      connectionPointSalt: ZERO,
      connectionCapacityW: 17_000,
      pvCapacityW: 0,
    })),
  )
  return {
    dataFolder,
    databaseUrl,
    ledgerUrl,
    ledger,
    store,
    keys,
    households,
    async stop() {
      ledger.close()
      await store.close()
      await stopChild(node, 'SIGTERM')
    },
  }
}

async function setUp(
  ledger: Ledger,
  keys: RoleKeys,
  households: readonly HouseholdKeys[],
  lastPeriod: number,
): Promise<void> {
  await openArea(ledger, keys.administrator, AREA, {
    firstPeriod: FIRST_PERIOD,
    lastPeriod: deliveryPeriod(lastPeriod),
    gateClosureLeadSeconds: GATE_CLOSURE_LEAD,
    readingDeadlineSeconds: 300,
  })
  await setTariff(ledger, { supplierKey: keys.supplier, dsoKey: keys.dso }, AREA, {
    retail: rate(300_000n),
    feedIn: rate(80_000n),
    grid: rate(60_000n),
    gridLocal: rate(20_000n),
  })
  const institution = { tradingKey: null, meterKey: null, quantityLimitWh: 0n, connectionPoint: ZERO }
  await registerMembers(ledger, keys.administrator, AREA, [
    { ...institution, kind: 'supplier', account: addressOfKey(keys.supplier) },
    { ...institution, kind: 'dso', account: addressOfKey(keys.dso) },
    ...households.map(({ tradingKey, meterKey }) => ({
      kind: 'household' as const,
      account: addressOfKey(tradingKey),
      tradingKey: addressOfKey(tradingKey),
      meterKey: addressOfKey(meterKey),
      quantityLimitWh: QUANTITY_LIMIT,
      connectionPoint: ZERO,
    })),
  ])
  await fundAccounts(
    ledger,
    { settlementBankKey: keys['settlement-bank'] },
    [SUPPLIER, DSO, ...HOUSEHOLDS].map((memberId) => ({ memberId, amount: money(1_000_000_000n) })),
  )
}

/** Puts an order where the api puts it. `signer` signs in the place of the member where given. */
export async function placeOrder(
  { ledger, store, households }: Neighbourhood,
  memberId: number,
  period: DeliveryPeriod,
  side: Side,
  quantityWh: bigint,
  limit: bigint,
  signer?: string,
): Promise<Placing> {
  const domain = orderDomain(ledger)
  const order = {
    area: AREA,
    memberId,
    deliveryPeriod: period,
    side,
    quantity: energyWh(quantityWh),
    limitPrice: price(limit),
    salt: BigInt(memberId),
  }
  const key = signer ?? households.find((household) => household.memberId === memberId)!.tradingKey
  const [placing] = await placeOrders(store, [
    {
      digest: orderDigest(domain, order),
      area: AREA,
      period,
      memberId,
      side,
      quantityWh: Number(quantityWh),
      limitPriceMicroEuroPerKwh: Number(limit),
      salt: String(memberId),
      signature: signOrder(domain, order, key),
      receivedAt: 0,
    },
  ])
  return placing!
}

/** Does what the gateway does at the end of a period: keeps the leaves and commits to them on the ledger. */
export async function commitReadings(
  { ledger, store, keys }: Neighbourhood,
  period: DeliveryPeriod,
  energies: readonly { memberId: number; importWh: bigint; exportWh: bigint }[],
): Promise<void> {
  const leaves: SaltedReading[] = energies.map(({ memberId, importWh, exportWh }) => ({
    memberId,
    period,
    importStart: energyWh(1_000n),
    importEnd: energyWh(1_000n + importWh),
    exportStart: energyWh(2_000n),
    exportEnd: energyWh(2_000n + exportWh),
    salt: `0x${memberId.toString(16).padStart(64, '0')}`,
  }))
  const { root } = readingTreeOf(leaves)
  await storeReadingBatch(store, {
    area: AREA,
    period,
    root: root.hash,
    importTotal: root.a,
    exportTotal: root.b,
    leaves,
  })
  const data = ledger.contracts.meterReadings.interface.encodeFunctionData('commitReadings', [
    AREA,
    period,
    [root.hash, root.count, root.a, root.b],
  ])
  await sendSetUpCalls(ledger.provider, keys.gateway, [{ to: ledger.addresses.meterReadings, data }])
}

export const stepToGateClosure = ({ ledger }: Neighbourhood, period: DeliveryPeriod) =>
  advanceTo(ledger, startOf(period) - GATE_CLOSURE_LEAD)
export const stepToEnd = ({ ledger }: Neighbourhood, period: DeliveryPeriod) => advanceTo(ledger, endOf(period))

export type RunningService = {
  readonly child: ChildProcess
  /** What it logged, parsed. */
  readonly lines: { level: number; msg: string; code?: string; memberId?: number }[]
  readonly kill: (signal: NodeJS.Signals) => Promise<number | null>
}

/** Runs a service as its own process, in a ledger time that is stepped by the test. */
export function runServiceOf(
  platform: Platform,
  neighbourhood: Neighbourhood,
  script: string,
  environment: Readonly<Record<string, string>> = {},
): RunningService {
  const child = fork(script, {
    env: {
      ...process.env,
      COMMONWATT_LEDGER_URL: neighbourhood.ledgerUrl,
      COMMONWATT_DATABASE_URL: neighbourhood.databaseUrl,
      COMMONWATT_BROKER_URL: platform.broker.url,
      COMMONWATT_DATA: neighbourhood.dataFolder,
      COMMONWATT_POLL_MS: '10',
      COMMONWATT_SPEED: 'stepped',
      ...environment,
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lines: RunningService['lines'] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream! }).on('line', (line) => {
      lines.push(
        line.startsWith('{') ? (JSON.parse(line) as RunningService['lines'][number]) : { level: 60, msg: line },
      )
    })
  }
  return { child, lines, kill: (signal) => stopChild(child, signal) }
}

/** Polls until the claim holds; says what was waited for where it does not within the time. */
export async function until<Result>(
  what: string,
  look: () => Promise<Result | null | undefined | false> | Result | null | undefined | false,
  { milliseconds = 20_000 } = {},
): Promise<Result> {
  for (const deadline = performance.now() + milliseconds; ; await delay(10)) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`waited ${milliseconds} ms in vain: ${what}`)
  }
}

async function createDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  await client.end()
  const database = new URL(url)
  database.pathname = `/${name}`
  return database.href
}

async function startLedger(port: number, privateKeys: readonly string[]): Promise<ChildProcess> {
  const genesisTime = startOf(FIRST_PERIOD) - 3_600
  const node = fork('scripts/embedded/ledger.ts', {
    env: {
      ...process.env,
      COMMONWATT_EMBEDDED_LEDGER: JSON.stringify({ port, genesisTime, mining: 'each', privateKeys }),
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    node.once('message', () => resolve())
    node.once('exit', (code) => reject(new Error(`the ledger ended with status ${code}`)))
  })
  return node
}

function stopChild(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.kill(signal)
  })
}
