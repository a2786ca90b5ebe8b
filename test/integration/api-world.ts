import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectAsync, type MqttClient } from 'mqtt'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'
import { startPostgres, type RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { prepareRoleKeys, seededKeys } from '../../scripts/setup/keys.ts'
import { AREA, DEFAULT_RATES, setUpNeighbourhood } from '../../scripts/setup/neighbourhood.ts'
import { startApi } from '../../services/api/service.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { readMembers } from '../../services/chain/members.ts'
import { orderDomain, signOrder } from '../../services/chain/orders.ts'
import type { Order } from '../../services/domain/market/order.ts'
import { deliveryPeriod, energyWh, price, startOf } from '../../services/domain/units.ts'
import { readHouseholdKeys, type HouseholdKeys } from '../../services/runtime/keys.ts'
import { createLog } from '../../services/runtime/log.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { readLedgerAddresses } from '../../services/store/ledger.ts'
import { migrateStore } from '../../services/store/migrate.ts'

export const FIRST_PERIOD = deliveryPeriod(1_700_000)
export const LAST_PERIOD = deliveryPeriod(1_700_200)
export const GATE_CLOSURE_LEAD = 300
/** Wh; from the capacity of the connection. */
export const QUANTITY_LIMIT = 4_313
export const DEPOSIT = 1_000_000n

/** The api on a real ledger, database and broker. The projections are empty but for the area and its members. */
export type ApiWorld = {
  readonly address: string
  readonly store: Store
  readonly ledger: Ledger
  readonly broker: RunningBroker
  readonly postgres: RunningPostgres
  /** Connected as a service. */
  readonly service: MqttClient
  readonly households: readonly HouseholdKeys[]
  /** Resolves when the api has seen the new time. */
  readonly advanceTo: (unixSeconds: number) => Promise<void>
  readonly stopApi: () => Promise<void>
  readonly stopLedger: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Uses `port` and the three after it. */
export async function startApiWorld({ port, households }: { port: number; households: number }): Promise<ApiWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-api-'))
  // PostgreSQL runs as a user of its own where the tests run as root.
  await chmod(folder, 0o711)
  const postgres = await startPostgres({ folder: path.join(folder, 'postgres'), port })
  await migrateStore(postgres.url)
  const store = connectStore(postgres.url)
  const broker = await startBroker({ port: port + 1, servicePassword: 'api-world' })
  const keySource = seededKeys('api world')
  const roleKeys = await prepareRoleKeys(folder, keySource)
  const ledgerUrl = `http://127.0.0.1:${port + 2}`
  const node = await startLedger(port + 2, Object.values(roleKeys))
  await setUpNeighbourhood({
    plan: {
      households: Array.from({ length: households }, (_, position) => ({
        name: `home ${position + 1}`,
        connectionCapacityW: 17_250,
        pvCapacityW: 5_000,
      })),
      firstPeriod: FIRST_PERIOD,
      lastPeriod: LAST_PERIOD,
      gateClosureLeadSeconds: GATE_CLOSURE_LEAD,
      readingDeadlineSeconds: 300,
      ...DEFAULT_RATES,
    },
    ledgerUrl,
    store,
    dataFolder: folder,
    roleKeys,
    keySource,
  })
  const ledger = await connectLedger({ url: ledgerUrl, addresses: await readLedgerAddresses(store) })
  await projectMembers(store, ledger)
  const service = await connectAsync(broker.url)
  const stopApi = await startApi({
    configuration: {
      ledgerUrl,
      databaseUrl: postgres.url,
      brokerUrl: broker.url,
      dataFolder: folder,
      pollMs: 5,
      speed: 'stepped',
      apiPort: port + 3,
    },
    log: createLog('api'),
    broker: service,
    report: () => undefined,
  })
  const address = `http://127.0.0.1:${port + 3}`
  const stopLedger = async () => {
    if (node.exitCode !== null || node.signalCode !== null) return
    node.kill('SIGKILL')
    await once(node, 'exit')
  }

  return {
    address,
    store,
    ledger,
    broker,
    postgres,
    service,
    households: await readHouseholdKeys(folder),
    advanceTo: (unixSeconds) => advanceApiTo(ledger, address, unixSeconds),
    stopApi,
    stopLedger,
    async stop() {
      await stopLedger()
      ledger.close()
      await service.endAsync(true)
      await broker.stop()
      await store.close()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An order as it is sent, signed by the household; `change` alters it before it is signed. */
export function signedOrder(
  world: Pick<ApiWorld, 'ledger'>,
  household: HouseholdKeys,
  change: Partial<Order> = {},
): Record<string, unknown> {
  const order: Order = {
    area: AREA,
    memberId: household.memberId,
    deliveryPeriod: FIRST_PERIOD,
    side: 'bid',
    quantity: energyWh(1_000n),
    limitPrice: price(200_000n),
    salt: 7n,
    ...change,
  }
  return {
    memberId: order.memberId,
    area: order.area,
    deliveryPeriod: order.deliveryPeriod,
    side: order.side,
    quantityWh: order.quantity.toString(),
    limitPriceMicroEuroPerKwh: order.limitPrice.toString(),
    salt: order.salt.toString(),
    signature: signOrder(orderDomain(world.ledger), order, household.tradingKey),
  }
}

/** What the indexer writes of the area and its members; the deposits are smaller, so that one can run out. */
async function projectMembers(store: Store, ledger: Ledger): Promise<void> {
  await store.client.area.create({
    data: {
      id: AREA,
      firstPeriod: FIRST_PERIOD,
      lastPeriod: LAST_PERIOD,
      gateClosureLeadSeconds: GATE_CLOSURE_LEAD,
      readingDeadlineSeconds: 300,
      retailMicroEuroPerKwh: Number(DEFAULT_RATES.retail),
      feedInMicroEuroPerKwh: Number(DEFAULT_RATES.feedIn),
      gridMicroEuroPerKwh: Number(DEFAULT_RATES.grid),
      gridLocalMicroEuroPerKwh: Number(DEFAULT_RATES.gridLocal),
    },
  })
  const members = await readMembers(ledger, AREA)
  await store.client.member.createMany({
    data: members.map((member) => ({
      id: member.memberId,
      area: AREA,
      kind: member.kind,
      account: member.account.toLowerCase(),
      tradingKey: member.tradingKey.toLowerCase(),
      meterKey: member.meterKey.toLowerCase(),
      quantityLimitWh: Number(member.quantityLimitWh),
      connectionPoint: `0x${'00'.repeat(32)}`,
      balanceMicroEuro: DEPOSIT,
    })),
  })
  const { number, timestamp } = await readLatestBlock(ledger)
  await store.client.indexedBlock.create({
    data: { number, timestamp, hash: hashOf(number), parentHash: hashOf(number - 1), gasUsed: 21_000n },
  })
}

/** 32 bytes of a number, for rows that only need to differ. */
export function hashOf(value: number): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}

async function advanceApiTo(ledger: Ledger, address: string, unixSeconds: number): Promise<void> {
  await advanceTo(ledger, unixSeconds)
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline) {
    const shown = (await (await fetch(`${address}/api/neighbourhood`)).json()) as { ledgerTime: number }
    if (shown.ledgerTime >= unixSeconds) return
    await delay(5)
  }
  throw new Error(`the api has not seen ${unixSeconds}`)
}

async function startLedger(port: number, privateKeys: readonly string[]): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('../../scripts/embedded/ledger.ts', import.meta.url)), [], {
    env: {
      ...process.env,
      COMMONWATT_EMBEDDED_LEDGER: JSON.stringify({
        port,
        genesisTime: startOf(FIRST_PERIOD) - 7_200,
        mining: 'each',
        privateKeys,
      }),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return child
}
