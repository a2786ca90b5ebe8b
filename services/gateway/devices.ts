import type { SigningKey } from '../chain/signing-key.ts'
import type { Ledger } from '../chain/ledger.ts'
import { speaksMqtt5 } from '../runtime/broker-connection.ts'
import { openPasswords, passwordFileOf } from '../runtime/device-passwords.ts'
import type { ServiceContext } from '../runtime/service.ts'
import type { Store } from '../store/connect.ts'
import { listOpenReplays, writeReplayOutcome } from '../store/refusal-replays.ts'
import { insertRefusedMessages, pruneRefusedMessages } from '../store/refused-messages.ts'
import { startDeviceServer } from './adapters/http/device-server.ts'
import { startModbus } from './adapters/modbus/modbus-adapter.ts'
import type { MeasuresTaker } from './adapters/measures-taking.ts'
import { connectMeters } from './adapters/mqtt/meter-connection.ts'
import { measuresReplayersOf } from './adapters/measures-replay.ts'
import { writeTogether } from './adapters/mqtt/write-together.ts'
import { readingReplayersOf } from './adapters/reading-replay.ts'
import type { ReadingTaker } from './adapters/reading-taking.ts'
import { startClaims } from './claims.ts'
import { startCommands, type RunningCommands } from './commands.ts'
import type { Patiently } from './database-patience.ts'
import { notingReadings, type KeptHealth } from './health-keeping.ts'
import type { Hearing } from './hearing.ts'
import type { LedgerTime } from './ledger-time.ts'
import { openLwm2m } from './lwm2m.ts'
import { measuredReplayerOf } from './measured-replay.ts'
import { MEASURED_FORMAT } from './measured-text.ts'
import { startMeasurements } from './measurements.ts'
import type { ReadingIntake } from './reading-intake.ts'
import { createRefusalBook, type RefusalBook } from './refusal-book.ts'
import { createReplayDesk } from './refusal-replays.ts'
import { repeat } from './repeating.ts'

const REFUSAL_FLUSH_MS = 100
const REPLAY_MS = 500

export type DeviceParts = {
  /** See `connectMeters`. */
  readonly group: string
  readonly health: KeptHealth
  readonly hearing: Hearing
  readonly intake: ReadingIntake
  readonly key: SigningKey
  readonly ledger: Ledger
  readonly onDefect: (error: unknown) => void
  readonly patiently: Patiently
  readonly store: Store
  readonly time: LedgerTime
}

/** Lets devices in by every protocol, and tells them what they are to do. Resolves, once all listen, to how to stop. */
export async function startDevices(context: ServiceContext, parts: DeviceParts): Promise<() => Promise<void>> {
  const { broker } = context
  const { health, intake, onDefect, time } = parts
  const { refusals, stop: stopRefusals } = keepRefusals(context, parts)
  const taker = notingReadings(
    {
      receive: intake.receive,
      mayAnswer: (address) => refusals.mayAnswer(intake.isKnown(address) ? address : null),
      onRefused: (message) => refusals.add({ ...message, receivedAt: time.now() }),
    },
    health,
  )
  const { onRefused } = taker
  const { desk, stop: stopMeasurements } = await startMeasurements({
    ...parts,
    isStepped: context.configuration.speed === 'stepped',
    onRefused,
  })
  const measures: MeasuresTaker = { ...desk, onRefused }
  const adapters = [await startModbus(desk), await openLwm2m(context, desk)]
  const commands = await startCommands({ ...parts, broker, onRefused, adapters })
  const stopReadings = await startReadings(context, { ...parts, taker, measures, counter: commands.counter })
  const replays = createReplayDesk({
    replayers: new Map([
      ...readingReplayersOf(taker.receive),
      ...measuresReplayersOf({ ...measures, onRefused: () => undefined }),
      [MEASURED_FORMAT, measuredReplayerOf(desk)],
    ]),
    listOpen: (limit) => parts.patiently(() => listOpenReplays(parts.store, limit)),
    write: (id, outcome) => parts.patiently(() => writeReplayOutcome(parts.store, id, outcome)),
    now: time.now,
  })
  const stopReplaying = repeat(REPLAY_MS, replays.look, onDefect)
  const stopClaims = await startClaims(broker, parts, onRefused)
  return async () => {
    stopReplaying()
    await stopClaims()
    await commands.stop()
    for (const adapter of adapters) await adapter.close()
    stopMeasurements()
    await stopReadings()
    await stopRefusals()
  }
}

/** Lets in meters that send their readings, by the broker and over HTTP. */
async function startReadings(
  { broker, configuration, log }: ServiceContext,
  parts: Pick<DeviceParts, 'group' | 'hearing' | 'onDefect'> & {
    readonly taker: ReadingTaker
    readonly measures: MeasuresTaker
    readonly counter: RunningCommands['counter']
  },
): Promise<() => Promise<void>> {
  const { counter, group, hearing, measures, onDefect, taker } = parts
  const server = await startDeviceServer({
    ...taker,
    measures,
    checkPassword: openPasswords(passwordFileOf(configuration.dataFolder)),
    commands: counter,
    port: configuration.devicePort,
    onDefect,
  })
  log.info({ address: `http://127.0.0.1:${server.port}` }, 'listening to devices')
  writeTogether(broker)
  const disconnect = await connectMeters({
    ...taker,
    measures,
    broker,
    group,
    onSubscribed: (how) => log.info({ how, mqtt: speaksMqtt5(broker) ? '5' : '3.1.1' }, 'subscribed to readings'),
    onRegained: () => hearing.regained('broker'),
    onLost: () => hearing.lost('broker'),
    onDefect,
  })
  return async () => {
    await server.close()
    await disconnect()
  }
}

function keepRefusals(
  { log }: Pick<ServiceContext, 'log'>,
  { onDefect, patiently, store }: Pick<DeviceParts, 'onDefect' | 'patiently' | 'store'>,
): { readonly refusals: RefusalBook; readonly stop: () => Promise<void> } {
  const refusals = createRefusalBook({
    insert: (messages) => patiently(() => insertRefusedMessages(store, messages)),
    prune: () => patiently(() => pruneRefusedMessages(store)),
    nowMs: () => performance.now(),
  })
  const flush = async (): Promise<void> => {
    await refusals.flush()
    const suppressed = refusals.takeSuppressed()
    if (suppressed > 0) log.warn({ suppressed }, 'more messages refused than are kept')
  }
  const stopFlushing = repeat(REFUSAL_FLUSH_MS, flush, onDefect)
  return {
    refusals,
    async stop() {
      stopFlushing()
      await refusals.flush()
    },
  }
}
