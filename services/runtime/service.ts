import type { MqttClient } from 'mqtt'
import { DomainError } from '../domain/errors.ts'
import { connectBroker } from './broker-connection.ts'
import { readServiceConfiguration, type ServiceConfiguration } from './configuration.ts'
import { createLog, type Log } from './log.ts'
import { presenceTopicOf, type Presence } from './presence.ts'
import { sendAtOnce } from './send-at-once.ts'

export type ServiceName =
  'gateway' | 'agent' | 'market-operator' | 'registrar' | 'indexer' | 'api' | 'grid-operator' | 'aggregator'

export type ServiceContext = {
  readonly configuration: ServiceConfiguration
  readonly log: Log
  readonly broker: MqttClient
  /** Tells everyone how this service is; a broker's last will says when it is gone. */
  readonly report: (state: 'up' | 'degraded', detail?: string) => void
}

/** What a service does before it announces itself; it is to end soon where `ended` aborts. */
export type Preparation = (tools: {
  readonly configuration: ServiceConfiguration
  readonly log: Log
  readonly ended: AbortSignal
}) => Promise<void>

/** Less than the supervisor's patience; whoever started this may be gone, and the ledger and the broker with it. */
const STOP_MS = 8_000

/**
 * Runs one service until it is asked to stop (SIGINT, SIGTERM, or the end of the process that started it).
 * `start` resolves to the function that stops it cleanly. What it throws ends the process with status 1.
 */
export function runService(
  name: ServiceName,
  start: (context: ServiceContext) => Promise<() => Promise<void>>,
  prepare?: Preparation,
): void {
  const log = createLog(name)
  const fail = (error: unknown) => {
    if (error instanceof DomainError) log.error({ code: error.code }, error.message)
    else log.error({ err: error }, 'stopped by a defect')
    process.exit(1)
  }
  const endWithStarter = () => process.exit(0)
  process.on('disconnect', endWithStarter)
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  const configured = async () => {
    const configuration = readServiceConfiguration()
    if (prepare !== undefined) await runPreparation(prepare, configuration, log)
    await run(name, { configuration, log }, start)
  }
  configured()
    .then(() => process.off('disconnect', endWithStarter))
    .catch(fail)
}

async function runPreparation(prepare: Preparation, configuration: ServiceConfiguration, log: Log): Promise<void> {
  const ended = new AbortController()
  const signals = ['SIGINT', 'SIGTERM'] as const
  const end = () => ended.abort()
  for (const signal of signals) process.on(signal, end)
  await prepare({ configuration, log, ended: ended.signal })
  if (ended.signal.aborted) {
    log.info('stopped')
    process.exit(0)
  }
  for (const signal of signals) process.off(signal, end)
}

async function run(
  name: ServiceName,
  { configuration, log }: Pick<ServiceContext, 'configuration' | 'log'>,
  start: (context: ServiceContext) => Promise<() => Promise<void>>,
): Promise<void> {
  const topic = presenceTopicOf(name)
  const broker = await connectAs({ name, topic, whenGone: presence('down') }, { configuration, log })
  const report = createReport(broker, topic)
  const stopService = await start({ configuration, log, broker, report: report.tell })
  if (!report.hasTold()) report.tell('up')
  log.info('started')

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    setTimeout(() => {
      log.error('did not stop in time')
      process.exit(1)
    }, STOP_MS).unref()
    await stopService()
    if (broker.connected) await broker.publishAsync(topic, presence('down', 'stopped'), { qos: 1, retain: true })
    await broker.endAsync(!broker.connected)
    log.info('stopped')
    process.exit(0)
  }
  const stopOnce = () =>
    void stop().catch((error: unknown) => {
      log.error({ err: error }, 'did not stop cleanly')
      process.exit(1)
    })
  process.on('SIGINT', stopOnce)
  process.on('SIGTERM', stopOnce)
  process.on('disconnect', stopOnce)
}

/**
 * Connects to the broker under a name that no other connection has; once that is lost the broker says `whenGone` under the
 * process's own topic, or forgets what was said there where it is empty.
 */
export async function connectAs(
  { name, topic, whenGone }: { readonly name: string; readonly topic: string; readonly whenGone: string },
  { configuration, log }: Pick<ServiceContext, 'configuration' | 'log'>,
): Promise<MqttClient> {
  const broker = await connectBroker(
    configuration.broker,
    {
      clientId: `commonwatt-${name}`,
      // No session outlives its connection: whoever has no answer sends again, and a queue would only grow.
      clean: true,
      will: { topic, payload: Buffer.from(whenGone), qos: 1, retain: true },
    },
    (reason) => log.warn({ err: reason }, 'broker cannot be reached; trying again'),
  )
  sendAtOnce(broker)
  broker.on('error', (error) => log.warn({ err: error.message }, 'broker connection failed; trying again'))
  return broker
}

/** Tells under the topic how a process is, with every change and whenever the broker is there again. */
export function createReport(
  broker: MqttClient,
  topic: string,
): { readonly tell: ServiceContext['report']; readonly hasTold: () => boolean } {
  let last: { readonly state: 'up' | 'degraded'; readonly detail: string | undefined } | null = null
  const publish = (): void => {
    if (last !== null) broker.publish(topic, presence(last.state, last.detail), { qos: 1, retain: true })
  }
  broker.on('connect', publish)
  return {
    tell(state, detail) {
      if (last?.state === state && last.detail === detail) return
      last = { state, detail }
      publish()
    },
    hasTold: () => last !== null,
  }
}

function presence(state: Presence['state'], detail?: string): string {
  return JSON.stringify({ state, since: Math.floor(Date.now() / 1000), ...(detail === undefined ? {} : { detail }) })
}
