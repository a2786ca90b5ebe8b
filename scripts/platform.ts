import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import path from 'node:path'
import type { MqttClient } from 'mqtt'
import { messageOf } from '../services/chain/errors.ts'
import { readLatestBlock } from '../services/chain/ledger-clock.ts'
import { createProvider } from '../services/chain/provider.ts'
import { hasTimeControl } from '../services/chain/hardhat-time.ts'
import { connectLedger, ledgerHoldsDeployment, readChainId, type Ledger } from '../services/chain/ledger.ts'
import { DomainError } from '../services/domain/errors.ts'
import { connectBroker, type BrokerTarget } from '../services/runtime/broker-connection.ts'
import type { Lwm2mPorts } from '../services/runtime/configuration.ts'
import { PRESENCE_TOPICS, type Presence } from '../services/runtime/presence.ts'
import { sendAtOnce } from '../services/runtime/send-at-once.ts'
import type { ServiceName } from '../services/runtime/service.ts'
import { connectStore, type Store } from '../services/store/connect.ts'
import { readLedger } from '../services/store/ledger.ts'
import { holdLock } from '../services/store/lock.ts'
import { migrateStore } from '../services/store/migrate.ts'
import { resetStore } from '../services/store/reset.ts'
import { openDeviceAuthority } from './devices/device-authority.ts'
import { passwordFileOf } from '../services/runtime/device-passwords.ts'
import { prepareRoleKeys, type KeySource } from './setup/keys.ts'
import { newServicePassword, setUpNeighbourhood, type NeighbourhoodPlan } from './setup/neighbourhood.ts'
import { superviseProcesses, type Supervisor } from './supervisor.ts'

export type PlatformOptions = {
  readonly dataFolder: string
  readonly ports: {
    readonly api: number
    readonly ledger: number
    readonly database: number
    readonly broker: number
    /** 0 takes a free one. */
    readonly devices: number
  }
  /** Where the gateway listens to LwM2M; free ports of this machine unless told. */
  readonly lwm2m?: Lwm2mPorts
  readonly ledgerUrl?: string | undefined
  readonly databaseUrl?: string | undefined
  readonly brokerUrl?: string | undefined
  /** Where the embedded broker listens over TLS, for devices with certificates or passwords. */
  readonly brokerTls?: { readonly port: number; readonly host: string }
  /** For a broker with TLS. */
  readonly brokerFiles?: Omit<BrokerTarget, 'url'>
  readonly speed: number | 'stepped'
  readonly pollMs: number
  readonly forecast: 'perfect' | 'persistence'
  readonly keySource: KeySource
  /** Unix seconds at which the embedded ledger begins. */
  readonly genesisTime: number
  readonly plan: NeighbourhoodPlan
  /** Told when a step begins; what it returns is called when the step is done. */
  readonly onStep: (step: string) => () => void
  readonly onNotice: (notice: string) => void
  readonly onFatal: (reason: string) => void
  /** Gives up the start: what was started is stopped, and the reason is thrown. */
  readonly signal?: AbortSignal
}

/** Everything that runs: the embedded parts that are needed, the services, and connections to look at them. */
export type Platform = {
  readonly dataFolder: string
  readonly store: Store
  readonly ledger: Ledger
  readonly broker: MqttClient
  readonly brokerUrl: string
  readonly apiUrl: string
  readonly supervisor: Supervisor
  readonly stop: () => Promise<void>
}

const READY_MS = 60_000

/** Starts the platform. What had been started is stopped again where a step fails. */
export async function launchPlatform(options: PlatformOptions): Promise<Platform> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne()
  }
  try {
    return await Promise.race([launch(options, stops, stop), abortionOf(options.signal)])
  } catch (error) {
    await stop()
    throw error
  }
}

/** Rejects when the signal aborts: a step that waits for somebody else need not come to its end. */
function abortionOf(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

async function launch(
  options: PlatformOptions,
  stops: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Platform> {
  const { dataFolder, ports, signal } = options
  const onStep: PlatformOptions['onStep'] = (step) => {
    signal?.throwIfAborted()
    return options.onStep(step)
  }
  await mkdir(dataFolder, { recursive: true, mode: 0o711 })
  const roleKeys = await prepareRoleKeys(dataFolder, options.keySource)
  const supervisor = superviseProcesses({
    logFolder: path.join(dataFolder, 'logs'),
    onNotice: options.onNotice,
    onFatal: options.onFatal,
  })

  let done = onStep(
    options.databaseUrl === undefined ? `PostgreSQL on port ${ports.database}` : 'connect to PostgreSQL',
  )
  stops.push(supervisor.stop)
  const databaseUrl = options.databaseUrl ?? (await embeddedDatabase(dataFolder, ports.database, supervisor))
  await migrateStore(databaseUrl).catch((cause: unknown) => {
    throw unreachable('database', 'PostgreSQL', '--database-url', 'COMMONWATT_DATABASE_URL', cause)
  })
  stops.push(await holdLock(databaseUrl, 'launcher'))
  const store = connectStore(databaseUrl)
  stops.push(store.close)
  done()

  done = onStep(options.brokerUrl === undefined ? `MQTT broker on port ${ports.broker}` : 'connect to the MQTT broker')
  const brokerUrl = options.brokerUrl ?? (await embeddedBroker(options, supervisor))
  const brokerTarget = options.brokerUrl === undefined ? { url: brokerUrl } : { url: brokerUrl, ...options.brokerFiles }
  const clientOptions = { clientId: `commonwatt-launcher-${process.pid}` }
  const broker = await connectBroker(brokerTarget, clientOptions, giveUp).catch((cause: unknown) => {
    if (cause instanceof DomainError) throw cause
    throw unreachable('broker', 'the MQTT broker', '--broker-url', 'COMMONWATT_BROKER_URL', cause)
  })
  sendAtOnce(broker)
  stops.push(() => broker.endAsync(true))
  const presences = await watchPresences(broker)
  done()

  done = onStep(options.ledgerUrl === undefined ? `ledger on port ${ports.ledger}` : 'connect to the ledger')
  const ledgerUrl = options.ledgerUrl ?? (await embeddedLedger(options, Object.values(roleKeys), supervisor))

  await readChainId(ledgerUrl).catch((cause: unknown) => {
    throw unreachable('ledger', 'the ledger', '--ledger-url', 'COMMONWATT_LEDGER_URL', cause)
  })
  if (options.ledgerUrl !== undefined && typeof options.speed === 'number' && options.speed !== 1) {
    await requireTimeControl(ledgerUrl, options.speed)
  }
  done()

  const followed = await readLedger(store)
  const continues = followed !== null && (await ledgerHoldsDeployment(ledgerUrl, followed))
  if (!continues) {
    const { sessions, readings, orders } = await resetStore(store)
    if (followed !== null) {
      const why =
        options.ledgerUrl === undefined
          ? 'the embedded ledger lives in memory and begins anew'
          : 'the ledger is not the one that this database follows'
      options.onNotice(
        `${why}: removed ${sessions} sessions, ${orders} orders and ${readings} readings of the former one from the database`,
      )
    }
    done = onStep('deploy contracts and register the neighbourhood')
    await setUpNeighbourhood({
      plan: options.plan,
      ledgerUrl,
      store,
      dataFolder,
      roleKeys,
      keySource: options.keySource,
    })
    done()
  }
  const ledgerRow = await readLedger(store)
  const ledger = await connectLedger({ url: ledgerUrl, addresses: ledgerRow!.addresses })
  stops.push(async () => ledger.close())

  const launchedAt = Math.floor(Date.now() / 1000)
  done = onStep('gateway, market operator, agents, registrar, grid operator, aggregator, indexer and api')
  const environment = {
    COMMONWATT_LEDGER_URL: ledgerUrl,
    COMMONWATT_DATABASE_URL: databaseUrl,
    ...brokerVariables(brokerTarget),
    COMMONWATT_DATA: dataFolder,
    COMMONWATT_POLL_MS: String(options.pollMs),
    COMMONWATT_SPEED: String(options.speed),
    COMMONWATT_API_PORT: String(ports.api),
    COMMONWATT_DEVICE_PORT: String(ports.devices),
    ...lwm2mVariables(options.lwm2m),
    COMMONWATT_FORECAST: options.forecast,
  }
  const startServices = async (names: readonly ServiceName[]) => {
    for (const name of names)
      supervisor.start({ name, script: `services/${name}/main.ts`, environment, isRestarted: true })
    await untilUp(names, presences, launchedAt, path.join(dataFolder, 'logs'), signal)
  }
  await startServices(['indexer', 'api', 'gateway', 'market-operator'])
  // The api knows the members once they are projected; an agent that came before would be refused.
  await untilIndexed(store, ledger, signal)
  await startServices(['agent', 'registrar', 'grid-operator', 'aggregator'])
  done()

  return { dataFolder, store, ledger, broker, brokerUrl, apiUrl: `http://127.0.0.1:${ports.api}`, supervisor, stop }
}

function lwm2mVariables(lwm2m: Lwm2mPorts | undefined): Record<string, string> {
  if (lwm2m === undefined) return {}
  const { port, dtlsPort, tlsPort, host } = lwm2m
  return {
    COMMONWATT_LWM2M_PORT: String(port),
    COMMONWATT_LWM2M_HOST: host,
    ...(dtlsPort === undefined ? {} : { COMMONWATT_LWM2M_DTLS_PORT: String(dtlsPort) }),
    ...(tlsPort === undefined ? {} : { COMMONWATT_LWM2M_TLS_PORT: String(tlsPort) }),
  }
}

/** The services find out how to connect by these. */
function brokerVariables({ url, caFile, certificateFile, keyFile }: BrokerTarget): Record<string, string> {
  return {
    COMMONWATT_BROKER_URL: url,
    ...(caFile === undefined ? {} : { COMMONWATT_BROKER_CA: caFile }),
    ...(certificateFile === undefined ? {} : { COMMONWATT_BROKER_CERT: certificateFile }),
    ...(keyFile === undefined ? {} : { COMMONWATT_BROKER_KEY: keyFile }),
  }
}

function giveUp(reason: string): never {
  throw new Error(reason)
}

/** Said here, before anything is set up, rather than by the market operator that would need it. */
async function requireTimeControl(ledgerUrl: string, speed: number): Promise<void> {
  const provider = createProvider(ledgerUrl, await readChainId(ledgerUrl))
  try {
    if (await hasTimeControl({ provider })) return
  } finally {
    provider.destroy()
  }
  throw new DomainError(
    'ledger-without-time-control',
    `the ledger's clock cannot be made to run ${speed} times as fast as real time: use --speed 1 (COMMONWATT_SPEED)`,
  )
}

function unreachable(part: string, name: string, flag: string, variable: string, cause: unknown): DomainError {
  const words = messageOf(cause).split('\n')[0]
  return new DomainError(`${part}-unreachable`, `${name} cannot be used (${words}): check ${flag} or ${variable}`)
}

async function embeddedDatabase(dataFolder: string, port: number, supervisor: Supervisor): Promise<string> {
  const environment = {
    COMMONWATT_EMBEDDED_POSTGRES: JSON.stringify({ folder: path.join(dataFolder, 'postgres'), port }),
  }
  const definition = {
    name: 'postgres',
    script: 'scripts/embedded/postgres-process.ts',
    environment,
    isRestarted: true,
  }
  return String(await supervisor.startUntilReady(definition))
}

async function embeddedBroker(
  { dataFolder, brokerTls, ports: { broker: port } }: PlatformOptions,
  supervisor: Supervisor,
): Promise<string> {
  const file = path.join(dataFolder, 'keys', 'broker-service.password')
  if (!existsSync(file)) await writeFile(file, newServicePassword(), { mode: 0o600 })
  const servicePassword = await readFile(file, 'utf8')
  const configuration = {
    port,
    servicePassword,
    passwordFile: passwordFileOf(dataFolder),
    ...(brokerTls === undefined ? {} : { secure: await secureListener(dataFolder, brokerTls) }),
  }
  const environment = { COMMONWATT_EMBEDDED_BROKER: JSON.stringify(configuration) }
  await supervisor.startUntilReady({
    name: 'broker',
    script: 'scripts/embedded/broker-process.ts',
    environment,
    isRestarted: true,
  })
  return `mqtt://service:${servicePassword}@127.0.0.1:${port}`
}

async function secureListener(dataFolder: string, { port, host }: { readonly port: number; readonly host: string }) {
  const authority = await openDeviceAuthority(dataFolder, Date.now())
  const isNamed = isIP(host) === 0 || (host !== '0.0.0.0' && host !== '::')
  const hosts = [...new Set(['localhost', '127.0.0.1', ...(isNamed ? [host] : [hostname()])])]
  const { certificate, key } = await authority.prepareBroker('embedded-broker', hosts)
  return { port, host, keyFile: key, certFile: certificate, caFile: authority.caFile }
}

async function embeddedLedger(
  options: PlatformOptions,
  privateKeys: readonly string[],
  supervisor: Supervisor,
): Promise<string> {
  const mining = options.speed === 1 ? 'interval' : 'each'
  const configuration = { port: options.ports.ledger, genesisTime: options.genesisTime, mining, privateKeys }
  const environment = { COMMONWATT_EMBEDDED_LEDGER: JSON.stringify(configuration) }
  await supervisor.startUntilReady({
    name: 'ledger',
    script: 'scripts/embedded/ledger.ts',
    environment,
    isRestarted: false,
  })
  return `http://127.0.0.1:${options.ports.ledger}`
}

/** The presence of every service as the broker tells it, empty at first. */
async function watchPresences(broker: MqttClient): Promise<Map<string, Presence>> {
  const presences = new Map<string, Presence>()
  broker.on('message', (topic, payload) => {
    if (topic.startsWith('commonwatt/v1/processes/'))
      presences.set(topic.split('/').at(-1)!, JSON.parse(payload.toString()) as Presence)
  })
  await broker.subscribeAsync(PRESENCE_TOPICS, { qos: 1 })
  return presences
}

/** `since` keeps out what a broker still holds of an earlier run. */
async function untilUp(
  names: readonly ServiceName[],
  presences: ReadonlyMap<string, Presence>,
  since: number,
  logFolder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isUp = (presence: Presence | undefined) => presence?.state === 'up' && presence.since >= since
  const deadline = Date.now() + READY_MS
  for (;;) {
    const missing = names.filter((name) => !isUp(presences.get(name)))
    if (missing.length === 0) return
    signal?.throwIfAborted()
    if (Date.now() > deadline) {
      throw new DomainError(
        'services-not-ready',
        `not ready after ${READY_MS / 1000} s: ${missing.join(', ')}; see the logs in ${logFolder}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Resolves when the projection holds all that is on the ledger now. */
export async function untilIndexed(store: Store, ledger: Ledger, signal?: AbortSignal): Promise<void> {
  const { number } = await readLatestBlock(ledger)
  for (;;) {
    signal?.throwIfAborted()
    const { _max } = await store.client.indexedBlock.aggregate({ _max: { number: true } })
    if ((_max.number ?? -1) >= number) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
