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
import type { FlexOrdersOnLedger } from '../../services/api/aggregator-signer.ts'
import { startApi } from '../../services/api/service.ts'
import type { HeldRole } from '../../services/domain/identity/household-data.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { readMembers } from '../../services/chain/members.ts'
import { passkeyAccountOf } from '../../services/chain/passkey-accounts.ts'
import { orderDomain, signOrder } from '../../services/chain/orders.ts'
import type { Calendar } from '../../services/domain/grid/calendar.ts'
import { formatOrder, type Order } from '../../services/domain/market/order.ts'
import { energyWh, price, startOf } from '../../services/domain/units.ts'
import { createLog } from '../../services/runtime/log.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import {
  ACTOR_KEYS,
  AREA,
  CALENDAR,
  DAYS,
  DEPOSIT,
  FIRST_PERIOD,
  LAST_PERIOD,
  setUpApiMarket,
  TARIFF,
  type ApiHousehold,
  type ApiMarket,
} from './api-market.ts'

/** The api on a real ledger, database and broker. The projections are empty but for the area and its members. */
export type ApiWorld = {
  readonly address: string
  readonly store: Store
  readonly ledger: Ledger
  readonly broker: RunningBroker
  readonly postgres: RunningPostgres
  /** Connected as a service. */
  readonly service: MqttClient
  readonly households: readonly ApiHousehold[]
  /** Of the receipts' key among others. */
  readonly dataFolder: string
  /** Resolves when the api has seen the new time. */
  readonly advanceTo: (unixSeconds: number) => Promise<void>
  readonly stopApi: () => Promise<void>
  /** Starts it again once it is stopped. */
  readonly startApi: () => Promise<void>
  readonly stopLedger: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Uses `port` and the three after it. */
export async function startApiWorld({
  port,
  households,
  calendar = CALENDAR,
  rolesOf = () => [],
  accountsOwnedBy = (account) => [account],
  flexOrders,
}: {
  port: number
  households: number
  calendar?: Calendar
  /** Roles by credential, by lower-case address. */
  rolesOf?: (account: string) => readonly HeldRole[]
  /** Whose DIDs the account owns. */
  accountsOwnedBy?: (account: string) => readonly string[]
  /** In the place of what the ledger says of flex orders. */
  flexOrders?: FlexOrdersOnLedger
}): Promise<ApiWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-api-'))
  // PostgreSQL runs as a user of its own where the tests run as root.
  await chmod(folder, 0o711)
  const postgres = await startPostgres({ folder: path.join(folder, 'postgres'), port })
  await migrateStore(postgres.url)
  const store = connectStore(postgres.url)
  const broker = await startBroker({ port: port + 1, servicePassword: 'api-world' })
  const ledgerUrl = `http://127.0.0.1:${port + 2}`
  const node = await startLedger(port + 2, Object.values(ACTOR_KEYS))
  const market = await setUpApiMarket({ url: ledgerUrl, store, dataFolder: folder, households, calendar })
  const { ledger } = market
  await projectMembers(store, market, calendar)
  const service = await connectAsync(broker.url)
  const configuration = {
    ledgerUrl,
    databaseUrl: postgres.url,
    broker: { url: broker.url },
    dataFolder: folder,
    pollMs: 5,
    speed: 'stepped' as const,
    apiPort: port + 3,
    devicePort: 0,
    lwm2m: { port: 0, host: '127.0.0.1' },
  }
  const start = () =>
    startApi(
      { configuration, log: createLog('api'), broker: service, report: () => undefined },
      (_, ledger) => ({
        identity: {
          accountsOwnedBy: (account) => Promise.resolve(accountsOwnedBy(account)),
          rolesOf: (account) => Promise.resolve(rolesOf(account)),
        },
        passkeyAccountOf: (x, y, relyingParty) =>
          Promise.resolve(passkeyAccountOf(ledger.addresses.passkeyAccounts, { x, y, relyingParty })),
      }),
      flexOrders && (() => flexOrders),
    )
  let stopApi = await start()
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
    households: market.households,
    dataFolder: folder,
    advanceTo: (unixSeconds) => advanceApiTo(ledger, address, unixSeconds),
    stopApi: () => stopApi(),
    async startApi() {
      await projectLatestBlock(store, ledger)
      stopApi = await start()
    },
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

/** The order as the household signs it; `change` alters it before. */
export function orderOf(household: ApiHousehold, change: Partial<Order> = {}): Order {
  return {
    area: AREA,
    trader: household.memberId,
    deliveryPeriod: FIRST_PERIOD,
    side: 'bid',
    quantity: energyWh(1_000n),
    limitPrice: price(200_000n),
    expiry: startOf(LAST_PERIOD),
    salt: 7n,
    ...change,
  }
}

/** An order as it is sent, signed by the household; `change` alters it before it is signed. */
export function signedOrder(
  world: Pick<ApiWorld, 'ledger'>,
  household: ApiHousehold,
  change: Partial<Order> = {},
): Record<string, unknown> {
  const order = orderOf(household, change)
  return { ...formatOrder(order), signature: signOrder(orderDomain(world.ledger), order, household.tradingKey) }
}

/** What the indexer writes of the area and its members. */
async function projectMembers(store: Store, { ledger }: ApiMarket, calendar: Calendar): Promise<void> {
  await store.client.area.create({
    data: {
      id: AREA,
      ...calendar,
      retailMicroEuroPerKwh: Number(TARIFF.retail),
      feedInMicroEuroPerKwh: Number(TARIFF.feedIn),
      gridMicroEuroPerKwh: Number(TARIFF.grid),
      gridLocalMicroEuroPerKwh: Number(TARIFF.gridLocal),
      levyMicroEuroPerKwh: Number(TARIFF.levy),
      platformFeeMicroEuroPerKwh: Number(TARIFF.platformFee),
    },
  })
  const members = await readMembers(ledger, AREA)
  await store.client.member.createMany({
    data: members.map((member) => ({
      id: member.memberId,
      area: AREA,
      kind: member.kind,
      account: member.account,
      tradingKey: member.tradingKey,
      meterKey: member.meterKey,
      quantityLimitWh: Number(member.quantityLimitWh),
      connectionPoint: `0x${'00'.repeat(32)}`,
      balanceMicroEuro: DEPOSIT,
    })),
  })
  const seen = { entryCount: members.length, membersSeen: members.length, pages: 1 }
  await store.client.tradingDay.createMany({ data: DAYS.map((day) => ({ area: AREA, day, ...seen })) })
  await projectLatestBlock(store, ledger)
}

async function projectLatestBlock(store: Store, ledger: Ledger): Promise<void> {
  const { number, timestamp } = await readLatestBlock(ledger)
  const data = { number, timestamp, hash: hashOf(number), parentHash: hashOf(number - 1), gasUsed: 21_000n }
  await store.client.indexedBlock.createMany({ data, skipDuplicates: true })
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
