import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectAsync, type MqttClient } from 'mqtt'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'
import { startPostgres } from '../../scripts/embedded/postgres.ts'
import { prepareRoleKeys, seededKeys } from '../../scripts/setup/keys.ts'
import { AREA, DEFAULT_RATES, setUpNeighbourhood } from '../../scripts/setup/neighbourhood.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { deliveryPeriod, endOf, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import type { OutboxStep } from '../../services/chain/outbox.ts'
import { readHouseholdKeys, type HouseholdKeys } from '../../services/runtime/keys.ts'
import { presenceTopicOf, type Presence } from '../../services/runtime/presence.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { readLedgerAddresses } from '../../services/store/ledger.ts'
import { migrateStore } from '../../services/store/migrate.ts'

export const FIRST_PERIOD = deliveryPeriod(1_630_000)
export const READING_DEADLINE_SECONDS = 300
export const CONNECTION_CAPACITY_W = 17_250

/** A neighbourhood on a real ledger, database and broker, with a gateway that can be killed and started again. */
export type GatewayWorld = {
  readonly area: number
  readonly ledger: Ledger
  readonly store: Store
  readonly broker: RunningBroker
  /** Where devices reach the gateway over HTTP. */
  readonly deviceUrl: string
  /** Connected as a service. */
  readonly service: MqttClient
  readonly households: readonly HouseholdKeys[]
  /** Of the gateway, with its key. */
  readonly dataFolder: string
  /** Of whoever issues the credentials of meters. */
  readonly meteringOperatorKey: string
  readonly advanceTo: (unixSeconds: number) => Promise<void>
  /** How the gateway says that it is; null before it has said anything. */
  readonly presence: () => Presence | null
  /** How many others take a share. */
  readonly shares: () => number
  readonly startGateway: () => Promise<void>
  /** One more, which takes a share while the first leads; resolves when it does. */
  readonly startAnotherGateway: () => Promise<ChildProcess>
  /** Of the gateway's process; undefined while there is none. */
  readonly gatewayPid: () => number | undefined
  /** Starts one that kills itself with SIGKILL at that step of the outbox; resolves when it is up. */
  readonly startDyingGateway: (step: OutboxStep) => Promise<void>
  /** Starts one whose machine's clock goes back by an hour at every `stepClockBack`. */
  readonly startSteppingGateway: () => Promise<void>
  readonly stepClockBack: () => void
  /** Stops PostgreSQL, whoever works on it, and starts it again. */
  readonly restartPostgres: () => Promise<void>
  /** Resolves when the gateway has ended, to the signal that ended it. */
  readonly gatewayEnded: () => Promise<NodeJS.Signals | null>
  /** SIGKILL; resolves when the process is gone. */
  readonly killGateway: () => Promise<void>
  /** SIGTERM; resolves to the exit status. */
  readonly stopGateway: () => Promise<number | null>
  readonly stop: () => Promise<void>
}

type ExternalBroker = {
  readonly environment: Readonly<Record<string, string>>
  readonly connectService: () => Promise<MqttClient>
}

const projectFile = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

/** Uses `port` and the three after it. */
export async function startGatewayWorld(options: {
  readonly port: number
  readonly households: number
  readonly lastPeriod: DeliveryPeriod
  /** Instead of the embedded broker: what the gateway is told of it, and a connection to it as a service. */
  readonly externalBroker?: ExternalBroker
  /** Of the gateway's looks at the ledger. */
  readonly pollMs?: number
  /** Where the gateway reaches the ledger, if not at the node itself. */
  readonly gatewayLedgerUrl?: string
  readonly environment?: Readonly<Record<string, string>>
}): Promise<GatewayWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-gateway-'))
  // PostgreSQL runs as a user of its own where the tests run as root.
  await chmod(folder, 0o711)
  const children = new Set<ChildProcess>()
  const place = { folder: path.join(folder, 'postgres'), port: options.port }
  let postgres = await startPostgres(place)
  await migrateStore(postgres.url)
  const store = connectStore(postgres.url)
  const broker = await startBroker({ port: options.port + 1, servicePassword: 'gateway-world' })
  const keySource = seededKeys('gateway world')
  const roleKeys = await prepareRoleKeys(folder, keySource)
  const ledgerUrl = `http://127.0.0.1:${options.port + 2}`
  await startLedger(options.port + 2, Object.values(roleKeys), children)
  await setUpNeighbourhood({
    plan: {
      households: Array.from({ length: options.households }, (_, position) => ({
        name: `home ${position + 1}`,
        connectionCapacityW: CONNECTION_CAPACITY_W,
        pvCapacityW: 0,
      })),
      firstPeriod: FIRST_PERIOD,
      lastPeriod: options.lastPeriod,
      gateClosureLeadSeconds: 300,
      readingDeadlineSeconds: READING_DEADLINE_SECONDS,
      ...DEFAULT_RATES,
    },
    ledgerUrl,
    store,
    dataFolder: folder,
    roleKeys,
    keySource,
  })
  const ledger = await connectLedger({ url: ledgerUrl, addresses: await readLedgerAddresses(store) })
  const service = await (options.externalBroker?.connectService() ?? connectAsync(broker.url))
  const presence = await watchPresence(service)
  let gateway: ChildProcess | undefined

  const fail = (child: ChildProcess) =>
    once(child, 'exit').then(([status]) => Promise.reject(new Error(`the gateway ended with status ${String(status)}`)))
  const forkGateway = (
    main = 'services/gateway/main.ts',
    flags: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): ChildProcess => {
    const child = fork(projectFile(main), [...flags], {
      env: {
        ...process.env,
        COMMONWATT_LEDGER_URL: options.gatewayLedgerUrl ?? ledgerUrl,
        COMMONWATT_DATABASE_URL: postgres.url,
        COMMONWATT_BROKER_URL: broker.url,
        ...options.externalBroker?.environment,
        COMMONWATT_DATA: folder,
        COMMONWATT_POLL_MS: String(options.pollMs ?? 10),
        COMMONWATT_DEVICE_PORT: String(options.port + 3),
        COMMONWATT_SPEED: 'stepped',
        COMMONWATT_LOG_LEVEL: process.env.LL ?? 'warn',
        ...options.environment,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    children.add(child)
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => console.error(line))
    return child
  }
  const startGateway = async (main?: string, flags?: readonly string[]): Promise<void> => {
    presence.forget()
    gateway = forkGateway(main, flags)
    await Promise.race([presence.untilUp(), fail(gateway)])
  }
  const startAnotherGateway = async (): Promise<ChildProcess> => {
    const known = presence.shares().size
    const child = forkGateway(undefined, undefined, { COMMONWATT_DEVICE_PORT: '0' })
    await Promise.race([eventually(async () => presence.shares().size > known || null, 'another gateway'), fail(child)])
    return child
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    if (gateway === undefined) return null
    const exited = once(gateway, 'exit')
    gateway.kill(signal)
    const [status] = (await exited) as [number | null]
    gateway = undefined
    return status
  }

  return {
    area: AREA,
    ledger,
    store,
    broker,
    deviceUrl: `http://127.0.0.1:${options.port + 3}`,
    service,
    households: await readHouseholdKeys(folder),
    dataFolder: folder,
    meteringOperatorKey: roleKeys['metering-operator'],
    advanceTo: (unixSeconds) => advanceTo(ledger, unixSeconds),
    presence: presence.latest,
    shares: () => presence.shares().size,
    startGateway: () => startGateway(),
    startAnotherGateway,
    gatewayPid: () => gateway?.pid,
    startDyingGateway: (step) => startGateway('test/integration/dying-gateway.ts', [step]),
    startSteppingGateway: () => startGateway('test/integration/stepping-gateway.ts'),
    stepClockBack: () => void gateway?.kill('SIGUSR2'),
    restartPostgres: async () => {
      await postgres.stop()
      postgres = await startPostgres(place)
    },
    gatewayEnded: async () => {
      if (gateway?.exitCode === null && gateway.signalCode === null) await once(gateway, 'exit')
      return gateway?.signalCode ?? null
    },
    killGateway: async () => void (await end('SIGKILL')),
    stopGateway: () => end('SIGTERM'),
    stop: async () => {
      for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
      await service.endAsync(true)
      await broker.stop()
      ledger.close()
      await store.close()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startLedger(port: number, privateKeys: readonly string[], children: Set<ChildProcess>): Promise<void> {
  const genesisTime = startOf(FIRST_PERIOD) - 3_600
  const child = fork(projectFile('scripts/embedded/ledger.ts'), [], {
    env: {
      ...process.env,
      COMMONWATT_EMBEDDED_LEDGER: JSON.stringify({ port, genesisTime, mining: 'each', privateKeys }),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  children.add(child)
  await once(child, 'message')
}

async function watchPresence(service: MqttClient) {
  const topic = presenceTopicOf('gateway')
  let latest: Presence | null = null
  let wake = () => {}
  const shares = new Set<string>()
  service.on('message', (from, payload) => {
    if (from.startsWith(`${topic}/`)) shares[payload.length === 0 ? 'delete' : 'add'](from)
    if (from !== topic) return
    latest = JSON.parse(payload.toString()) as Presence
    wake()
  })
  await service.subscribeAsync([topic, `${topic}/+`], { qos: 1 })
  return {
    /** Topics of the gateways that take a share. */
    shares: () => shares,
    latest: () => latest,
    forget: () => {
      latest = null
    },
    untilUp: async () => {
      while (latest?.state !== 'up') await new Promise<void>((resolve) => (wake = resolve))
    },
  }
}

/** Asks again until the answer is not null or undefined; throws after a minute. */
export async function eventually<Answer>(ask: () => Promise<Answer | null | undefined>, what: string): Promise<Answer> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Unix seconds at which the delivery of the period counted from the area's first is over. */
export function endOfPeriod(position: number): number {
  return endOf(deliveryPeriod(FIRST_PERIOD + position))
}
