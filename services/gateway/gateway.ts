import { readCalendar } from '../chain/areas.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { isLedgerUnreachable } from '../chain/errors.ts'
import { followLedgerClock } from '../chain/ledger-clock.ts'
import { connectLedger, type Ledger } from '../chain/ledger.ts'
import { readingDomain } from '../chain/readings.ts'
import { readCommitment, readReadingsVersion } from '../chain/sessions.ts'
import type { OutboxStep } from '../chain/outbox.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import { readSigningKey } from '../chain/role-keys.ts'
import { createSalts } from '../runtime/salts.ts'
import type { ServiceContext } from '../runtime/service.ts'
import { connectStore, type Store } from '../store/connect.ts'
import { eraseOwnReadings } from '../store/erased-readings.ts'
import { readMemberSecrets } from '../store/households.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
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
  type AcceptedReading,
} from '../store/readings.ts'
import { createSigners } from './signers.ts'
import { createPatience, type Patiently } from './database-patience.ts'
import { startDevices } from './devices.ts'
import { keepDeviceHealth } from './health-keeping.ts'
import { createHearing, type Hearing } from './hearing.ts'
import { followLedgerTime, type LedgerTime } from './ledger-time.ts'
import { listAreas, loadMeters } from './meters.ts'
import { startPeriodCommitter, type PeriodCommitter } from './period-committer.ts'
import { createReadingIntake, type ReadingIntake } from './reading-intake.ts'
import { startReadingSigners } from './reading-signers.ts'
import { repeat, rest } from './repeating.ts'
import { createBatchRecorder, type BatchRecorder } from './batch-recorder.ts'

const HEALTH_MS = 1_000
const ERASURE_MS = 5_000
/** So long a meter whose credential was suspended is believed, and one that is new is not known. */
const METER_REFRESH_MS = 2_000
const STOP_PATIENCE_MS = 3_000

/**
 * Takes signed readings from meters and commits every delivery period's to the ledger; resolves to how to stop.
 * `onStep` hears of every step of the outbox, as the sender tells it.
 */
export async function startGateway(
  context: ServiceContext,
  { onStep }: { readonly onStep?: (step: OutboxStep, purpose: string) => void } = {},
): Promise<() => Promise<void>> {
  const { configuration, log } = context
  const stopped = new AbortController()
  const troubles = new Map<string, string>()
  const reportOn = (part: string) => (detail: string | null) => {
    if (detail !== null) troubles.set(part, detail)
    // Who had no trouble says nothing of how the others are, nor that all has started.
    else if (!troubles.delete(part)) return
    const details = [...troubles].map(([name, trouble]) => `${name}: ${trouble}`).join('; ')
    if (details === '') context.report('up')
    else context.report('degraded', details)
  }
  const pause = (milliseconds: number) => rest(milliseconds, stopped.signal)
  const patiently = createPatience({ pause, stopped: stopped.signal, onTrouble: reportOn('database') })
  const patientlyAtLedger = createPatience({
    pause,
    stopped: stopped.signal,
    onTrouble: reportOn('reading the ledger'),
    mayPass: doesLedgerNotSay,
  })
  const patientlyDelegated = createPatience({
    pause,
    stopped: stopped.signal,
    onTrouble: reportOn('delegation'),
    mayPass: (error) => error instanceof DomainError && error.code === 'delegations-no-readings',
  })
  const onDefect = (error: unknown) => {
    if (!stopped.signal.aborted) endProcess(error)
  }

  const store = connectStore(configuration.databaseUrl)
  const release = await holdLock(configuration.databaseUrl, 'gateway')
  const ledger = await connectLedger({
    url: configuration.ledgerUrl,
    addresses: await readLedgerAddresses(store),
    timeoutMs: configuration.ledgerTimeoutMs,
  })
  const onLedger = reportOn('ledger')
  let hearing: Hearing | null = null
  const clock = await followLedgerClock(ledger, configuration.pollMs, (error) => {
    onLedger(error === null ? null : 'does not answer')
    if (error === null) hearing?.regained('ledger').catch(onDefect)
    else hearing?.lost('ledger')
  })
  const { speed } = configuration
  const time = followLedgerTime(ledger, clock, speed === 'stepped' ? 0 : speed)
  hearing = createHearing(time)
  const areas = await listAreas(store)
  if (areas.length === 0) throw new DomainError('area-missing', 'the database has no households: set up an area first')
  const calendars = new Map<number, Calendar>()
  for (const area of areas) calendars.set(area, await readCalendar(ledger, area))

  const committers = new Map<number, PeriodCommitter>()
  const look = () => {
    for (const committer of committers.values()) committer.look()
  }
  const recorder = createBatchRecorder({
    insert: (readings: readonly AcceptedReading[]) => patiently(() => insertReadings(store, readings)),
    onWritten: look,
    onFailure: onDefect,
  })
  const readingSigners = startReadingSigners({
    domain: readingDomain(ledger),
    onCrash: (error) => log.warn({ err: error }, 'a thread that recovers signers ended; starting another'),
    onFailure: onDefect,
  })
  const intake = createReadingIntake({
    signers: readingSigners,
    time,
    recorder,
    readLastReadings: (memberIds) => patiently(() => readLastReadings(store, memberIds)),
    findReadings: (memberId, reading) => patiently(() => findReadings(store, memberId, reading)),
    gateClosureLeadOf: (area) => calendars.get(area)?.gateClosureLeadSeconds ?? 0,
    isClosed: (area, reading) => committers.get(area)?.isClosed(reading.deliveryPeriod) ?? false,
  })
  await intake.setMeters(await loadMeters(ledger, store, areas, time.now()))

  const key = await readSigningKey(configuration.dataFolder, 'gateway')
  const signers = await createSigners(context, { areas, ledger, store, reportOn, onStep })
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
      patientlyAtLedger,
      patientlyDelegated,
      recorder,
      saltOf,
      sender: signers.senderOf(area),
      store,
      time,
    }
    committers.set(area, await startCommitter(parts))
  }
  time.onAdvance(look)
  look()

  const gateway = key.address.toLowerCase()
  const health = await keepDeviceHealth({ store, patiently, gateway, now: time.now, calendars })
  const group = salts('shared subscription of readings').slice(2)
  const parts = { group, health, hearing, intake, key, ledger, onDefect, patiently, store, time }
  const stopDevices = await startDevices(context, parts)
  const refreshMeters = async (): Promise<void> => {
    memberSecrets = await patiently(() => readMemberSecrets(store))
    const meters = await patiently(() => loadMeters(ledger, store, areas, time.now())).catch((error: unknown) => {
      if (error instanceof Error && doesLedgerNotSay(error)) return null
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
    await Promise.race([
      stopDevices().then(readingSigners.close).then(recorder.flushed).then(health.flush),
      pause(STOP_PATIENCE_MS),
    ])
    const stopping = [...committers.values()].map((committer) => committer.stop())
    signers.stop()
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
  readonly patientlyAtLedger: Patiently
  readonly patientlyDelegated: Patiently
  readonly recorder: BatchRecorder<AcceptedReading>
  readonly saltOf: (purpose: string, memberId: number) => string
  readonly sender: TransactionSender
  readonly store: Store
  readonly time: LedgerTime
}

function startCommitter(parts: CommitterParts): Promise<PeriodCommitter> {
  const { area, context, intake, ledger, patiently, patientlyAtLedger, sender, store } = parts
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
    send: (purpose, call) => parts.patientlyDelegated(() => patiently(() => sender.send(purpose, call))),
    readCommitment: (period, version) => patientlyAtLedger(() => readCommitment(ledger, area, period, version)),
    readVersion: (period) => patientlyAtLedger(() => readReadingsVersion(ledger, area, period)),
    onCommitted: ({ period, version, leaves }) => {
      const estimated = leaves.filter(({ quality }) => quality === 'estimated').length
      const details = { area, period, version, readings: leaves.length, estimated }
      context.log.info(details, version === 0 ? 'readings committed' : 'readings corrected')
    },
    onFailure: parts.onDefect,
  })
}

/** Whether a question to the ledger has no answer now; one that refuses a question of ours is not well either. */
function doesLedgerNotSay(error: Error): boolean {
  return isLedgerUnreachable(error) || (error instanceof DomainError && error.code === 'ledger-refused')
}

/** Lets an error reach the one handler, which ends the process. */
function endProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
