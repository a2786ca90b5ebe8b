import { fork, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'
import { startPostgres, type RunningPostgres } from '../../scripts/embedded/postgres.ts'
import {
  actorKeysOf,
  consortiumOf,
  makeHouseholdKeys,
  prepareRoleKeys,
  seededKeys,
  writeHouseholdKeys,
  type RoleKeys,
} from '../../scripts/setup/keys.ts'
import {
  deployContracts,
  endowArea,
  fundAccounts,
  openArea,
  registerMembers,
  sealKeys,
  setCharges,
  setTariff,
  type MemberRegistration,
} from '../../services/chain/deploy.ts'
import { keyChainOf } from '../../services/chain/daily-keys.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { orderDigest, orderDomain, signOrder } from '../../services/chain/orders.ts'
import { receiptDomain, signReceipt } from '../../services/chain/receipts.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { Calendar } from '../../services/domain/grid/calendar.ts'
import { exposureOf } from '../../services/domain/market/exposure.ts'
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
  tradingDayOf,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { writeHouseholds } from '../../services/store/households.ts'
import { insertKeyChains } from '../../services/store/key-chains.ts'
import { writeLedger } from '../../services/store/ledger.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { placeOrders } from '../../services/store/orders.ts'
import { storeReadingBatch } from '../../services/store/readings.ts'

import { delegateToContract } from './contract-delegate.ts'
import { createDatabase, startLedger, stopChild } from './operator-processes.ts'

export const AREA = 1
/** At noon of its day. */
export const FIRST_PERIOD = deliveryPeriod(1_950_000)
export const DAY = tradingDayOf(FIRST_PERIOD)
export const SUPPLIER = 1
export const DSO = 2
/** Member ids of the households. The last one delegates its trading to a contract, beside its own key. */
export const HOUSEHOLDS = [3, 4, 5, 6] as const
export const TAX_AUTHORITY = 7
export const PLATFORM_OPERATOR = 8
export const EVERYBODY = [SUPPLIER, DSO, ...HOUSEHOLDS, TAX_AUTHORITY, PLATFORM_OPERATOR]
export const GATE_CLOSURE_LEAD = 300
export const QUANTITY_LIMIT = 5_000n
export const RATES = { retail: rate(300_000n), feedIn: rate(80_000n), platformFee: rate(5_000n) }
const CALENDAR: Omit<Calendar, 'lastPeriod'> = {
  firstPeriod: FIRST_PERIOD,
  gateClosureLeadSeconds: GATE_CLOSURE_LEAD,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 120,
  challengeWindowSeconds: 900,
  correctionDelaySeconds: 3_600,
  finalDelaySeconds: 7_200,
}
export const { challengeWindowSeconds: CHALLENGE_WINDOW, operatorDeadlineSeconds: OPERATOR_DEADLINE } = CALENDAR
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
  /** Address of the contract to which the last household delegates its trading. */
  readonly wallet: string
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

type NeighbourhoodOptions = {
  readonly name: string
  readonly ledgerPort: number
  readonly lastPeriod: number
  /** Whether members trade under numbers and keys of the day. */
  readonly isSealed?: boolean
}

export async function startNeighbourhood(
  platform: Platform,
  { name, ledgerPort, lastPeriod, isSealed = false }: NeighbourhoodOptions,
): Promise<Neighbourhood> {
  const databaseUrl = await createDatabase(platform.postgres.url, name)
  await migrateStore(databaseUrl)
  const dataFolder = path.join(platform.folder, name)
  const source = seededKeys('operator tests')
  const keys = await prepareRoleKeys(dataFolder, source)
  const ledgerUrl = `http://127.0.0.1:${ledgerPort}`
  const node = await startLedger(ledgerPort, startOf(FIRST_PERIOD) - 3_600, Object.values(keys))

  const { addresses, deploymentHash } = await deployContracts({
    url: ledgerUrl,
    keys: actorKeysOf(keys),
    consortium: consortiumOf(keys),
  })
  const ledger = await connectLedger({ url: ledgerUrl, addresses })
  const households = makeHouseholdKeys(
    HOUSEHOLDS.map((memberId) => `home-${memberId}`),
    source,
  ).map((household, index) => ({ ...household, memberId: HOUSEHOLDS[index]! }))
  await setUp(ledger, keys, households, lastPeriod)
  if (isSealed) await sealKeys(ledger, actorKeysOf(keys), AREA)
  const wallet = await delegateToContract(ledger, households.at(-1)!, { keys, quantityLimit: QUANTITY_LIMIT })
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
  await insertKeyChains(
    store,
    households.map(({ tradingKey }) => ({ address: addressOfKey(tradingKey), ...keyChainOf(tradingKey) })),
  )
  return {
    dataFolder,
    databaseUrl,
    ledgerUrl,
    ledger,
    store,
    keys,
    households,
    wallet,
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
  await openArea(ledger, actorKeysOf(keys), AREA, { ...CALENDAR, lastPeriod: deliveryPeriod(lastPeriod) })
  await setTariff(ledger, { supplierKey: keys.supplier, dsoKey: keys.dso }, AREA, {
    ...RATES,
    grid: rate(60_000n),
    gridLocal: rate(20_000n),
  })
  await setCharges(ledger, actorKeysOf(keys), AREA, { levy: rate(10_000n), platformFee: RATES.platformFee })
  const institution = (kind: MemberRegistration['kind'], key: string) => ({
    kind,
    account: addressOfKey(key),
    tradingKey: null,
    meterKey: null,
    quantityLimitWh: 0n,
    connectionPoint: ZERO,
  })
  await registerMembers(ledger, actorKeysOf(keys), AREA, [
    institution('supplier', keys.supplier),
    institution('dso', keys.dso),
    ...households.map(({ tradingKey, meterKey }) => ({
      kind: 'household' as const,
      account: addressOfKey(tradingKey),
      tradingKey: addressOfKey(tradingKey),
      meterKey: addressOfKey(meterKey),
      quantityLimitWh: QUANTITY_LIMIT,
      connectionPoint: `0x${addressOfKey(meterKey).slice(2).padStart(64, '0')}`,
    })),
    institution('tax-authority', keys['tax-authority']),
    institution('platform-operator', keys['platform-operator']),
  ])
  const bank = { settlementBankKey: keys['settlement-bank'] }
  await fundAccounts(
    ledger,
    bank,
    EVERYBODY.map((memberId) => ({ memberId, amount: money(1_000_000_000n) })),
  )
  await endowArea(ledger, bank, AREA, { bond: money(2_000_000_000n), fund: money(100_000_000n) })
}

export type OrderChange = {
  /** Signs in the place of the member. */
  readonly signer?: string
  readonly salt?: bigint
  /** The contract in whose name the order is signed, in a way that only the contract understands. */
  readonly contract?: string
  /** Under which number and key the member trades on the day, where these are not its own. */
  readonly under?: { readonly trader: number; readonly privateKey: string }
}

/** Puts an order where the api puts it; resolves to what became of it. */
export async function placeOrder(
  { ledger, store, households, keys }: Neighbourhood,
  memberId: number,
  period: DeliveryPeriod,
  side: Side,
  quantityWh: bigint,
  limit: bigint,
  { signer, salt = BigInt(memberId), contract, under }: OrderChange = {},
): Promise<string> {
  const domain = orderDomain(ledger)
  const order = {
    area: AREA,
    trader: under?.trader ?? memberId,
    deliveryPeriod: period,
    side,
    quantity: energyWh(quantityWh),
    limitPrice: price(limit),
    expiry: startOf(period),
    salt,
  }
  const own = households.find((household) => household.memberId === memberId)?.tradingKey ?? keys.dso
  const key = under?.privateKey ?? own
  const placed = {
    digest: orderDigest(domain, order),
    area: AREA,
    period,
    trader: order.trader,
    side,
    quantityWh: Number(quantityWh),
    limitPriceMicroEuroPerKwh: Number(limit),
    expiry: order.expiry,
    salt,
    signature: contract === undefined ? signOrder(domain, order, signer ?? key) : '0xc0de',
    signingKey: contract ?? addressOfKey(key),
    isForLedger: contract !== undefined,
    receivedAt: 0,
    gateClosure: startOf(period) - GATE_CLOSURE_LEAD,
    allowance: 1_000_000_000n,
  }
  const [placing] = await placeOrders(store, [placed], {
    exposureOf: () => exposureOf(order, RATES),
    signReceipt: (receipt) => signReceipt(receiptDomain(ledger), receipt, keys.receipts),
  })
  return placing!.outcome
}

/** Does what the gateway does after a period: keeps the leaves and commits to them, or to their next version. */
export async function commitReadings(
  { ledger, store, keys }: Neighbourhood,
  period: DeliveryPeriod,
  energies: readonly { memberId: number; importWh: bigint; exportWh: bigint }[],
  version = 0,
): Promise<void> {
  const leaves: SaltedReading[] = energies.map(({ memberId, importWh, exportWh }) => ({
    memberId,
    period,
    importStart: energyWh(1_000n),
    importEnd: energyWh(1_000n + importWh),
    exportStart: energyWh(2_000n),
    exportEnd: energyWh(2_000n + exportWh),
    quality: 'metered',
    salt: `0x${memberId.toString(16).padStart(64, '0')}`,
  }))
  const { root } = readingTreeOf(leaves)
  await storeReadingBatch(store, {
    area: AREA,
    period,
    version,
    root: root.hash,
    importTotal: root.a,
    exportTotal: root.b,
    leaves,
  })
  const data = ledger.contracts.meterReadings.interface.encodeFunctionData(
    version === 0 ? 'commitReadings' : 'correctReadings',
    [AREA, period, [root.hash, root.count, root.a, root.b]],
  )
  await sendSetUpCalls(ledger.provider, keys.gateway, [{ to: ledger.addresses.meterReadings, data }])
}

export const stepToGateClosure = ({ ledger }: Neighbourhood, period: DeliveryPeriod) =>
  advanceTo(ledger, startOf(period) - GATE_CLOSURE_LEAD)
export const stepToEnd = ({ ledger }: Neighbourhood, period: DeliveryPeriod) => advanceTo(ledger, endOf(period))

export type RunningService = {
  readonly child: ChildProcess
  /** What it logged, parsed. */
  readonly lines: { level: number; msg: string; code?: string; memberId?: number; trader?: number }[]
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
  { milliseconds = 60_000 } = {},
): Promise<Result> {
  for (const deadline = performance.now() + milliseconds; ; await delay(10)) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`waited ${milliseconds} ms in vain: ${what}`)
  }
}
