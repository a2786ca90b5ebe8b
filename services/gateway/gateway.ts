import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { readCalendar } from '../chain/areas.ts'
import { isLedgerUnreachable } from '../chain/errors.ts'
import { followLedgerClock } from '../chain/ledger-clock.ts'
import { connectLedger, type Ledger } from '../chain/ledger.ts'
import { claimDomain } from '../chain/meter-claims.ts'
import { readingDomain } from '../chain/readings.ts'
import { readCommitment, readReadingsVersion } from '../chain/sessions.ts'
import { createTransactionSender, type TransactionSender } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import { readSigningKey } from '../chain/role-keys.ts'
import type { SigningKey } from '../chain/signing-key.ts'
import { createSalts } from '../runtime/salts.ts'
import { speaksMqtt5 } from '../runtime/broker-connection.ts'
import type { ServiceContext } from '../runtime/service.ts'
import { connectStore, type Store } from '../store/connect.ts'
import { eraseOwnReadings } from '../store/erased-readings.ts'
import { readMemberSecrets } from '../store/households.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
import { answerMeterClaim, listClaimedMeters, writeMeterClaim } from '../store/meter-claims.ts'
import { outboxOf } from '../store/outbox.ts'
import {
  findLastReadingBatch,
  findReadings,
  insertReadings,
  readLastReadings,
  readLeafEnds,
  readMeteredProfiles,
  readOpenEstimates,
  readReadingBatch,
  readReadingsAround,
  readReadingsBesides,
  removeReadingCorrection,
  storeReadingBatch,
} from '../store/readings.ts'
import { listOpenReplays, writeReplayOutcome } from '../store/refusal-replays.ts'
import { insertRefusedMessages, pruneRefusedMessages } from '../store/refused-messages.ts'
import { connectClaims, type ClaimConnection } from './adapters/mqtt/claim-connection.ts'
import { startDeviceServer } from './adapters/http/device-server.ts'
import { connectMeters } from './adapters/mqtt/meter-connection.ts'
import { readingReplayersOf } from './adapters/reading-replay.ts'
import type { ReadingTaker } from './adapters/reading-taking.ts'
import { createClaimDesk } from './claim-desk.ts'
import { startCommands } from './commands.ts'
import { createPatience, type Patiently } from './database-patience.ts'
import { keepDeviceHealth, notingReadings, type KeptHealth } from './health-keeping.ts'
import { createHearing, type Hearing } from './hearing.ts'
import { followLedgerTime, type LedgerTime } from './ledger-time.ts'
import { listAreas, loadMeters } from './meters.ts'
import { startPeriodCommitter, type PeriodCommitter } from './period-committer.ts'
import { createReadingIntake, type ReadingIntake } from './reading-intake.ts'
import { createReadingRecorder, type ReadingRecorder } from './reading-recorder.ts'
import { createRefusalBook } from './refusal-book.ts'
import { createReplayDesk } from './refusal-replays.ts'

const REFUSAL_FLUSH_MS = 100
const REPLAY_MS = 500
const HEALTH_MS = 1_000
const ERASURE_MS = 5_000
/** So long a meter whose credential was suspended is believed, and one that is new is not known. */
const METER_REFRESH_MS = 2_000
/** A meter is asked so often whose it is, until it has answered. */
const CLAIM_MS = 1_000
const STOP_PATIENCE_MS = 3_000

/** Takes signed readings from meters and commits every delivery period's to the ledger; resolves to how to stop. */
export async function startGateway(context: ServiceContext): Promise<() => Promise<void>> {
  const { configuration, log } = context
  const stopped = new AbortController()
  const troubles = new Map<string, string>()
  const reportOn = (part: string) => (detail: string | null) => {
    if (detail === null) troubles.delete(part)
    else troubles.set(part, detail)
    const details = [...troubles].map(([name, trouble]) => `${name}: ${trouble}`).join('; ')
    if (details === '') context.report('up')
    else context.report('degraded', details)
  }
  const pause = (milliseconds: number) => rest(milliseconds, stopped.signal)
  const patiently = createPatience({ pause, stopped: stopped.signal, onTrouble: reportOn('database') })
  const onDefect = (error: unknown) => {
    if (!stopped.signal.aborted) endProcess(error)
  }

  const store = connectStore(configuration.databaseUrl)
  const release = await holdLock(configuration.databaseUrl, 'gateway')
  const ledger = await connectLedger({ url: configuration.ledgerUrl, addresses: await readLedgerAddresses(store) })
  const onLedger = reportOn('ledger')
  let hearing: Hearing | null = null
  const clock = await followLedgerClock(ledger, configuration.pollMs, (error) => {
    onLedger(error === null ? null : 'does not answer')
    if (error === null) hearing?.regained('ledger').catch(onDefect)
    else hearing?.lost('ledger')
  })
  const time = followLedgerTime(ledger, clock)
  hearing = createHearing(time)
  const areas = await listAreas(store)
  if (areas.length === 0) throw new DomainError('area-missing', 'the database has no households: set up an area first')
  const calendars = new Map<number, Calendar>()
  for (const area of areas) calendars.set(area, await readCalendar(ledger, area))

  const committers = new Map<number, PeriodCommitter>()
  const look = () => {
    for (const committer of committers.values()) committer.look()
  }
  const recorder = createReadingRecorder({
    insert: (readings) => patiently(() => insertReadings(store, readings)),
    onWritten: look,
    onFailure: onDefect,
  })
  const intake = createReadingIntake({
    domain: readingDomain(ledger),
    time,
    recorder,
    readLastReadings: (memberIds) => patiently(() => readLastReadings(store, memberIds)),
    findReadings: (memberId, reading) => patiently(() => findReadings(store, memberId, reading)),
    gateClosureLeadOf: (area) => calendars.get(area)?.gateClosureLeadSeconds ?? 0,
    isClosed: (area, reading) => committers.get(area)?.isClosed(reading.deliveryPeriod) ?? false,
  })
  await intake.setMeters(await loadMeters(ledger, store, areas, time.now()))

  const key = await readSigningKey(configuration.dataFolder, 'gateway')
  const sender = createTransactionSender({
    ledger,
    key,
    outbox: outboxOf(store, 'gateway'),
    pollMs: configuration.pollMs,
    log,
  })
  const salts = await createSalts(configuration.dataFolder)
  let memberSecrets = await readMemberSecrets(store)
  const saltOf = (purpose: string, memberId: number) => salts(purpose, memberSecrets.get(memberId))
  for (const [area, calendar] of calendars) {
    const parts = {
      area,
      calendar,
      context,
      hearing,
      intake,
      ledger,
      onDefect,
      patiently,
      recorder,
      saltOf,
      sender,
      store,
      time,
    }
    committers.set(area, await startCommitter(parts))
  }
  time.onAdvance(look)
  look()

  const gateway = sender.address.toLowerCase()
  const health = await keepDeviceHealth({ store, patiently, gateway, now: time.now, calendars })
  const group = salts('shared subscription of readings').slice(2)
  const parts = { group, health, hearing, intake, key, ledger, onDefect, patiently, store, time }
  const stopMeters = await startMeters(context, parts)
  const refreshMeters = async (): Promise<void> => {
    memberSecrets = await patiently(() => readMemberSecrets(store))
    const meters = await patiently(() => loadMeters(ledger, store, areas, time.now())).catch((error: unknown) => {
      if (isLedgerUnreachable(error)) return null
      throw error
    })
    if (meters !== null) await intake.setMeters(meters)
    await health.refresh()
    look()
  }
  const stopRefreshing = repeat(METER_REFRESH_MS, refreshMeters, onDefect)
  const erase = async (): Promise<void> => {
    await patiently(() => eraseOwnReadings(store))
    await health.forget()
  }
  const stopErasing = repeat(ERASURE_MS, erase, onDefect)
  const stopHealth = repeat(HEALTH_MS, health.flush, onDefect)
  log.info({ areas, meters: areas.reduce((sum, area) => sum + intake.metersOf(area).length, 0) }, 'taking readings')

  return async () => {
    stopRefreshing()
    stopErasing()
    stopHealth()
    // What no receipt was given for may be left to the meters to send again, if the database takes too long.
    await Promise.race([stopMeters().then(recorder.flushed).then(health.flush), pause(STOP_PATIENCE_MS)])
    const stopping = [...committers.values()].map((committer) => committer.stop())
    sender.stop()
    stopped.abort()
    await Promise.race([Promise.all(stopping), delay(STOP_PATIENCE_MS)])
    clock.stop()
    ledger.close()
    await store.close()
    await release()
  }
}

type CommitterParts = {
  readonly area: number
  readonly calendar: Calendar
  readonly context: ServiceContext
  readonly hearing: Hearing
  readonly intake: ReadingIntake
  readonly ledger: Ledger
  readonly onDefect: (error: unknown) => void
  readonly patiently: Patiently
  readonly recorder: ReadingRecorder
  readonly saltOf: (purpose: string, memberId: number) => string
  readonly sender: TransactionSender
  readonly store: Store
  readonly time: LedgerTime
}

function startCommitter(parts: CommitterParts): Promise<PeriodCommitter> {
  const { area, context, intake, ledger, patiently, sender, store } = parts
  return startPeriodCommitter({
    area,
    calendar: parts.calendar,
    now: parts.time.now,
    hearingSince: parts.hearing.since,
    meters: () => intake.metersOf(area),
    lastOf: intake.lastOf,
    flushed: parts.recorder.flushed,
    saltOf: parts.saltOf,
    store: {
      findLastBatch: (of) => patiently(() => findLastReadingBatch(store, of)),
      readBatch: (of, period, version) => patiently(() => readReadingBatch(store, of, period, version)),
      readReadingsAround: (period, memberIds) => patiently(() => readReadingsAround(store, period, memberIds)),
      readReadingsBesides: (period, memberIds) => patiently(() => readReadingsBesides(store, period, memberIds)),
      readLeafEnds: (period, memberIds) => patiently(() => readLeafEnds(store, period, memberIds)),
      readMeteredProfiles: (period, memberIds) => patiently(() => readMeteredProfiles(store, period, memberIds)),
      readOpenEstimates: (of, from) => patiently(() => readOpenEstimates(store, of, from)),
      removeCorrection: (batch) => patiently(() => removeReadingCorrection(store, batch)),
      storeBatch: (batch) => patiently(() => storeReadingBatch(store, batch)),
    },
    // The sender keeps its promise of one transaction per purpose in the database, so that may be down here too.
    send: (purpose, call) => patiently(() => sender.send(purpose, call)),
    readCommitment: (period, version) => readCommitment(ledger, area, period, version),
    readVersion: (period) => readReadingsVersion(ledger, area, period),
    onCommitted: ({ period, version, leaves }) => {
      const estimated = leaves.filter(({ quality }) => quality === 'estimated').length
      const details = { area, period, version, readings: leaves.length, estimated }
      context.log.info(details, version === 0 ? 'readings committed' : 'readings corrected')
    },
    onFailure: parts.onDefect,
  })
}

/** Lets meters in by every protocol. */
async function startMeters(
  { broker, configuration, log }: ServiceContext,
  parts: Pick<CommitterParts, 'hearing' | 'intake' | 'ledger' | 'onDefect' | 'patiently' | 'store' | 'time'> & {
    readonly group: string
    readonly health: KeptHealth
    readonly key: SigningKey
  },
): Promise<() => Promise<void>> {
  const { health, hearing, intake, onDefect, patiently, store, time } = parts
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
  const noted: ReadingTaker = {
    receive: intake.receive,
    mayAnswer: (address) => refusals.mayAnswer(intake.isKnown(address) ? address : null),
    onRefused: (message) => refusals.add({ ...message, receivedAt: time.now() }),
  }
  const taker = notingReadings(noted, health)
  const { onRefused } = taker
  const commands = await startCommands({ ...parts, broker, onRefused, adapters: [] })
  const { counter } = commands
  const server = await startDeviceServer({ ...taker, commands: counter, port: configuration.devicePort, onDefect })
  log.info({ address: `http://127.0.0.1:${server.port}` }, 'listening to devices')
  const disconnect = await connectMeters({
    ...taker,
    broker,
    group: parts.group,
    onSubscribed: (how) => log.info({ how, mqtt: speaksMqtt5(broker) ? '5' : '3.1.1' }, 'subscribed to readings'),
    onRegained: () => hearing.regained('broker'),
    onLost: () => hearing.lost('broker'),
    onDefect,
  })
  const replays = createReplayDesk({
    replayers: readingReplayersOf(taker.receive),
    listOpen: (limit) => patiently(() => listOpenReplays(store, limit)),
    write: (id, outcome) => patiently(() => writeReplayOutcome(store, id, outcome)),
    now: time.now,
  })
  const stopReplaying = repeat(REPLAY_MS, replays.look, onDefect)
  const stopClaims = await startClaims(broker, parts, taker.onRefused)
  return async () => {
    stopReplaying()
    await stopClaims()
    await commands.stop()
    await server.close()
    await disconnect()
    stopFlushing()
    await refusals.flush()
  }
}

/** Has meters that somebody joins with say whose they are. */
async function startClaims(
  broker: ServiceContext['broker'],
  {
    ledger,
    onDefect,
    patiently,
    store,
    time,
  }: Pick<CommitterParts, 'ledger' | 'onDefect' | 'patiently' | 'store' | 'time'>,
  onRefused: Parameters<typeof connectClaims>[0]['onRefused'],
): Promise<() => Promise<void>> {
  let connection: ClaimConnection | null = null
  const desk = createClaimDesk({
    domain: claimDomain(ledger),
    now: time.now,
    newNonce: () => `0x${randomBytes(32).toString('hex')}`,
    listClaimed: () => patiently(() => listClaimedMeters(store)),
    write: (claim) => patiently(() => writeMeterClaim(store, claim)),
    answer: (answered) => patiently(() => answerMeterClaim(store, answered)),
    ask: (claim) => connection?.ask(claim),
  })
  connection = await connectClaims({ broker, receive: desk.receive, onRefused, onDefect })
  const stopAsking = repeat(CLAIM_MS, desk.look, onDefect)
  const { close } = connection
  return async () => {
    stopAsking()
    await close()
  }
}

/** Runs the work again and again, a pause after each end; returns how to stop. */
function repeat(pauseMs: number, work: () => Promise<void>, onFailure: (error: unknown) => void): () => void {
  const stopped = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await rest(pauseMs, stopped.signal)
      if (!stopped.signal.aborted) await work()
    }
  }
  run().catch(onFailure)
  return () => stopped.abort()
}

/** Resolves after the time, or as soon as the signal aborts. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

/** Lets an error reach the one handler, which ends the process. */
function endProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
