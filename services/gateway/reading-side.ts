import { readCalendar } from '../chain/areas.ts'
import { isLedgerUnreachable } from '../chain/errors.ts'
import { followLedgerClock } from '../chain/ledger-clock.ts'
import { connectLedger, type Ledger } from '../chain/ledger.ts'
import { readingDomain } from '../chain/readings.ts'
import { readSigningKey } from '../chain/role-keys.ts'
import type { SigningKey } from '../chain/signing-key.ts'
import { DomainError } from '../domain/errors.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import { createSalts, type Salts } from '../runtime/salts.ts'
import type { ServiceContext } from '../runtime/service.ts'
import { connectStore, type Store } from '../store/connect.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { findReadings, insertReadings, readLastReadings, type FollowingReading } from '../store/readings.ts'
import { createBatchRecorder } from './batch-recorder.ts'
import { createPatience, type Patiently } from './database-patience.ts'
import { keepDeviceHealth, type KeptHealth } from './health-keeping.ts'
import { createHearing, type Hearing } from './hearing.ts'
import { followLedgerTime, type LedgerTime } from './ledger-time.ts'
import { createMeterSource, listAreas } from './meters.ts'
import { createReadingIntake, type ReadingIntake } from './reading-intake.ts'
import { startReadingSigners } from './reading-signers.ts'
import { rest } from './repeating.ts'
import { createTroubles, type ReportOn } from './troubles.ts'

/** What every gateway takes signed readings with, whether it leads or takes a share. */
export type ReadingSide = {
  readonly areas: readonly number[]
  readonly calendars: ReadonlyMap<number, Calendar>
  /** See `connectMeters`. */
  readonly group: string
  readonly health: KeptHealth
  readonly hearing: Hearing
  readonly intake: ReadingIntake
  readonly key: SigningKey
  readonly ledger: Ledger
  readonly onDefect: (error: unknown) => void
  readonly patiently: Patiently
  /** The same for questions to the ledger. */
  readonly patientlyAtLedger: Patiently
  readonly patientlyDelegated: Patiently
  readonly reportOn: ReportOn
  readonly salts: Salts
  readonly store: Store
  readonly time: LedgerTime
  /** Whether other gateways may take what this one does not; to be told once it is known. */
  readonly isDivided: () => boolean
  readonly setDivided: (isDivided: boolean) => void
  /** Takes up what meters and devices there are now. */
  readonly refresh: () => Promise<void>
  /** Resolves when everything that was received is decided on and written. */
  readonly flush: () => Promise<void>
  /** Waits for nothing any more. */
  readonly abandon: () => void
  readonly close: () => Promise<void>
}

export type ReadingSideOptions = {
  /** Whether the energy of the area's delivery period was decided already. */
  readonly isClosed: (area: number, period: DeliveryPeriod) => boolean
  /** Called after readings were written. */
  readonly onWritten: () => void
}

/** So long what was noted of devices may be lost. */
export const HEALTH_MS = 1_000
/** So long a meter whose credential was suspended is believed, and one that is new is not known. */
export const METER_REFRESH_MS = 2_000
/** So long a gateway that is to stop waits for the database, and the meters send again after that. */
export const STOP_PATIENCE_MS = 3_000
/** After so long it is looked whether another gateway has written what a reading waits for. */
const MOMENT_MS = 25

/** Connects to the ledger and the database, and decides on readings from there on; nobody brings any yet. */
export async function openReadingSide(
  context: Pick<ServiceContext, 'configuration' | 'log' | 'report'>,
  options: ReadingSideOptions,
): Promise<ReadingSide> {
  const { configuration, log } = context
  const stopped = new AbortController()
  const reportOn = createTroubles(context.report)
  const pause = (milliseconds: number) => rest(milliseconds, stopped.signal)
  const patienceFor = (part: string, mayPass?: (error: Error) => boolean): Patiently =>
    createPatience({
      pause,
      stopped: stopped.signal,
      onTrouble: reportOn(part),
      ...(mayPass === undefined ? {} : { mayPass }),
    })
  const patiently = patienceFor('database')
  const patientlyAtLedger = patienceFor('reading the ledger', doesLedgerNotSay)
  const onDefect = (error: unknown) => {
    if (!stopped.signal.aborted) endProcess(error)
  }

  const store = connectStore(configuration.databaseUrl)
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
  for (const area of areas) calendars.set(area, await patientlyAtLedger(() => readCalendar(ledger, area)))

  const signers = startReadingSigners({
    domain: readingDomain(ledger),
    onCrash: (error) => log.warn({ err: error }, 'a thread that recovers signers ended; starting another'),
    onFailure: onDefect,
  })
  let isDivided = false
  const intake = createReadingIntake({
    signers,
    time,
    recorder: createBatchRecorder({
      insert(readings: readonly FollowingReading[]) {
        let attempt = 0
        return patiently(() => insertReadings(store, readings, (attempt += 1)))
      },
      onWritten: options.onWritten,
      onFailure: onDefect,
    }),
    readLastReadings: (memberIds) => patiently(() => readLastReadings(store, memberIds)),
    findReadings: (memberId, reading) => patiently(() => findReadings(store, memberId, reading)),
    gateClosureLeadOf: (area) => calendars.get(area)?.gateClosureLeadSeconds ?? 0,
    isClosed: (area, { deliveryPeriod }) => options.isClosed(area, deliveryPeriod),
    moment: () => (isDivided ? pause(MOMENT_MS) : null),
  })
  const findMeters = createMeterSource(ledger, store, areas)
  await intake.setMeters((await patientlyAtLedger(() => findMeters(time.now()))) ?? [])

  const key = await readSigningKey(configuration.dataFolder, 'gateway')
  const salts = await createSalts(configuration.dataFolder)
  const gateway = key.address.toLowerCase()
  const health = await keepDeviceHealth({ store, patiently, gateway, now: time.now, calendars })

  return {
    areas,
    calendars,
    group: salts('shared subscription of readings').slice(2),
    health,
    hearing,
    intake,
    key,
    ledger,
    onDefect,
    patiently,
    patientlyAtLedger,
    patientlyDelegated: patienceFor(
      'delegation',
      (error) => error instanceof DomainError && error.code === 'delegations-no-readings',
    ),
    reportOn,
    salts,
    store,
    time,
    isDivided: () => isDivided,
    setDivided: (divided) => {
      isDivided = divided
    },
    async refresh() {
      const meters = await patiently(() => findMeters(time.now())).catch((error: unknown) => {
        if (error instanceof Error && doesLedgerNotSay(error)) return null
        throw error
      })
      if (meters !== null) await intake.setMeters(meters)
      await health.refresh()
    },
    async flush() {
      await signers.close()
      await intake.flushed()
      await health.flush()
    },
    abandon: () => stopped.abort(),
    async close() {
      clock.stop()
      ledger.close()
      await store.close()
    },
  }
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
