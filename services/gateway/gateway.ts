import { setTimeout as delay } from 'node:timers/promises'
import { readCommitment, readReadingsVersion } from '../chain/sessions.ts'
import type { OutboxStep } from '../chain/outbox.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import type { ServiceContext } from '../runtime/service.ts'
import { eraseOwnReadings } from '../store/erased-readings.ts'
import { fingerprintOf } from '../store/fingerprint.ts'
import { readMemberSecrets } from '../store/households.ts'
import {
  findLastReadingBatch,
  readLeafEnds,
  readMeteredProfiles,
  readOpenEstimates,
  readReadingBatch,
  readReadingsAround,
  readReadingsBesides,
  removeReadingCorrection,
  storeReadingBatch,
} from '../store/readings.ts'
import { createSigners } from './signers.ts'
import { startDevices } from './devices.ts'
import { startPeriodCommitter, type PeriodCommitter } from './period-committer.ts'
import { HEALTH_MS, METER_REFRESH_MS, openReadingSide, STOP_PATIENCE_MS, type ReadingSide } from './reading-side.ts'
import { repeat } from './repeating.ts'
import { whenChanged } from './when-changed.ts'

const ERASURE_MS = 5_000
/** So long a reading that another gateway took is not known here. */
const CATCH_UP_MS = 500

/**
 * Takes what devices send and commits every delivery period's readings to the ledger, those that other gateways took as
 * well; resolves to how to stop. `onStep` hears of every step of the outbox, as the sender tells it.
 */
export async function startGateway(
  context: ServiceContext,
  { onStep }: { readonly onStep?: (step: OutboxStep, purpose: string) => void } = {},
): Promise<() => Promise<void>> {
  const { log } = context
  const committers = new Map<number, PeriodCommitter>()
  const look = () => {
    for (const committer of committers.values()) committer.look()
  }
  const side = await openReadingSide(context, {
    isClosed: (area, period) => committers.get(area)?.isClosed(period) ?? false,
    onWritten: look,
  })
  const { areas, calendars, health, intake, ledger, onDefect, patiently, reportOn, salts, store } = side

  const signers = await createSigners(context, { areas, ledger, store, reportOn, onStep })
  const findSecrets = whenChanged(
    () => fingerprintOf(store, ['households']),
    () => readMemberSecrets(store),
  )
  let memberSecrets = await findSecrets()
  const saltOf = (purpose: string, memberId: number) => salts(purpose, memberSecrets.get(memberId))
  for (const [area, calendar] of calendars) {
    const parts = { area, calendar, context, saltOf, sender: signers.senderOf(area), side }
    committers.set(area, await startCommitter(parts))
  }
  side.time.onAdvance(look)
  look()

  await health.recollect()
  const stopDevices = await startDevices(context, side)
  const refresh = async (): Promise<void> => {
    memberSecrets = await patiently(findSecrets)
    await side.refresh()
    look()
  }
  const erase = async (): Promise<void> => {
    await patiently(() => eraseOwnReadings(store))
    await health.forget()
  }
  const catchUp = async (): Promise<void> => {
    const awaited = side.isDivided() ? [...committers.values()].flatMap((committer) => committer.awaited()) : []
    if (awaited.length === 0) return
    await intake.catchUp(awaited)
    look()
  }
  const stops = [
    repeat(METER_REFRESH_MS, refresh, onDefect),
    repeat(ERASURE_MS, erase, onDefect),
    repeat(HEALTH_MS, health.flush, onDefect),
    repeat(CATCH_UP_MS, catchUp, onDefect),
  ]
  log.info({ areas, meters: areas.reduce((sum, area) => sum + intake.metersOf(area).length, 0) }, 'taking readings')

  return async () => {
    for (const stop of stops) stop()
    // What no receipt was given for may be left to the meters to send again, if the database takes too long.
    await Promise.race([stopDevices().then(side.flush), delay(STOP_PATIENCE_MS)])
    const stopping = [...committers.values()].map((committer) => committer.stop())
    signers.stop()
    side.abandon()
    await Promise.race([Promise.all(stopping), delay(STOP_PATIENCE_MS)])
    await side.close()
  }
}

type CommitterParts = {
  readonly area: number
  readonly calendar: Calendar
  readonly context: ServiceContext
  readonly saltOf: (purpose: string, memberId: number) => string
  readonly sender: TransactionSender
  readonly side: ReadingSide
}

function startCommitter(parts: CommitterParts): Promise<PeriodCommitter> {
  const { area, context, sender, side } = parts
  const { intake, ledger, patiently, patientlyAtLedger, store } = side
  return startPeriodCommitter({
    area,
    calendar: parts.calendar,
    now: side.time.now,
    hearingSince: side.hearing.since,
    meters: () => intake.metersOf(area),
    lastOf: intake.lastOf,
    flushed: intake.flushed,
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
    send: (purpose, call) => side.patientlyDelegated(() => patiently(() => sender.send(purpose, call))),
    readCommitment: (period, version) => patientlyAtLedger(() => readCommitment(ledger, area, period, version)),
    readVersion: (period) => patientlyAtLedger(() => readReadingsVersion(ledger, area, period)),
    onCommitted: ({ period, version, leaves }) => {
      const estimated = leaves.filter(({ quality }) => quality === 'estimated').length
      const details = { area, period, version, readings: leaves.length, estimated }
      context.log.info(details, version === 0 ? 'readings committed' : 'readings corrected')
    },
    onFailure: side.onDefect,
  })
}
