import type { ReadingsCommitment } from '../chain/sessions.ts'
import type { Call } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import { isDecided, isMetered } from '../domain/metering/period-energy.ts'
import { deliveryPeriod, endOf, startOf, type DeliveryPeriod } from '../domain/units.ts'
import type { ReadingBatch } from '../store/readings.ts'
import type { Meter } from './meters.ts'
import { batchOf, isSameCommitment } from './reading-batch.ts'
import { startReadingCorrector, type CorrectorStore } from './reading-corrector.ts'
import { decideReadings, type ReadingSources } from './reading-leaves.ts'

export type PeriodCommitter = {
  /** Looks whether the next period can be committed; to be called whenever time or a reading has moved. */
  look(): void
  /** Whether the energy of the period was decided already. */
  isClosed(period: DeliveryPeriod): boolean
  /** Members whose readings are waited for: of the period that is to be committed next, and of those that were estimated. */
  awaited(): readonly number[]
  /** Stops after the commitment that is under way. */
  stop(): Promise<void>
}

export type CommitterOptions = {
  readonly area: number
  readonly calendar: Calendar
  readonly now: () => number
  /** Unix seconds since when meters can deliver; null while they cannot. */
  readonly hearingSince: () => number | null
  readonly meters: () => readonly Meter[]
  readonly lastOf: (memberId: number) => MeterReading | null
  /** Resolves when every reading accepted so far is durable. */
  readonly flushed: () => Promise<void>
  readonly saltOf: (purpose: string, memberId: number) => string
  readonly store: CommitterStore
  /** Sends a transaction once per purpose, whenever it is asked to; resolves when it is mined. */
  readonly send: (purpose: string, call: Call) => Promise<unknown>
  readonly readCommitment: (period: DeliveryPeriod, version?: number) => Promise<ReadingsCommitment>
  /** The latest version that the ledger has of a period's readings; null where it has none. */
  readonly readVersion: (period: DeliveryPeriod) => Promise<number | null>
  readonly onCommitted: (batch: ReadingBatch) => void
  /** Receives what ends the committer: a defect, or a ledger that contradicts the tables. */
  readonly onFailure: (error: unknown) => void
}

export type CommitterStore = ReadingSources &
  CorrectorStore & {
    findLastBatch(area: number): Promise<DeliveryPeriod | null>
  }

/**
 * Commits an area's readings to the ledger, one delivery period after the other: as soon as the energy of every
 * metered household is decided, and at the reading deadline in any case, with estimates where readings are missing; after
 * meters could not deliver, as long after they can again. Then it corrects what it estimated. Goes on where the tables stop: the period of the last batch is sent again, which
 * has no effect where it was mined.
 */
export async function startPeriodCommitter(options: CommitterOptions): Promise<PeriodCommitter> {
  const { area, calendar, store } = options
  const resumed = await store.findLastBatch(area)
  const corrector = await startReadingCorrector(options)
  let next: number = resumed ?? calendar.firstPeriod
  /** Readings of this period and earlier ones come too late to count for it. */
  let closedThrough: number = resumed ?? -1
  let running: Promise<void> | null = null
  let hasMoved = false
  let isStopped = false

  const meteredIn = (period: DeliveryPeriod): readonly Meter[] => {
    const gateClosure = startOf(period) - calendar.gateClosureLeadSeconds
    return options.meters().filter((meter) => isMetered(meter.activeUntil, gateClosure))
  }

  const isReady = (period: DeliveryPeriod): boolean => {
    if (options.now() < endOf(period)) return false
    if (period === resumed || hadTimeToDeliver(period)) return true
    return meteredIn(period).every((meter) => isDecided(options.lastOf(meter.memberId), period))
  }

  const awaitedNext = (): readonly number[] => {
    if (next > calendar.lastPeriod || options.now() < endOf(deliveryPeriod(next))) return []
    const memberIds = meteredIn(deliveryPeriod(next)).map(({ memberId }) => memberId)
    return memberIds.filter((memberId) => !isDecided(options.lastOf(memberId), deliveryPeriod(next)))
  }

  /** What meters kept while nobody heard them must not be estimated in the second in which they are heard again. */
  const hadTimeToDeliver = (period: DeliveryPeriod): boolean => {
    const hearingSince = options.hearingSince()
    if (hearingSince === null) return false
    return options.now() >= Math.max(endOf(period), hearingSince) + calendar.readingDeadlineSeconds
  }

  const decide = async (period: DeliveryPeriod): Promise<ReadingBatch> => {
    closedThrough = period
    const memberIds = meteredIn(period).map((meter) => meter.memberId)
    await options.flushed()
    const readings = await decideReadings(store, period, memberIds)
    const batch = batchOf({ area, period, version: 0, readings, saltOf: options.saltOf })
    await store.storeBatch(batch)
    return batch
  }

  const commit = async (period: DeliveryPeriod): Promise<void> => {
    const batch = (period === resumed ? await store.readBatch(area, period, 0) : null) ?? (await decide(period))
    await options
      .send(`commit-readings:${area}:${period}`, callOf(batch))
      .catch((error: unknown) => requireCommitted(batch, error))
    options.onCommitted(batch)
    // What was resumed may be corrected already; the corrector has read how its leaves stand.
    if (period !== resumed) corrector.note(batch)
  }

  /** A ledger that has the commitment already, from a run whose tables were lost, must have this very one. */
  const requireCommitted = async (batch: ReadingBatch, error: unknown): Promise<void> => {
    if (!(error instanceof DomainError) || error.code !== 'meter-readings-already-committed') throw error
    const there = await options.readCommitment(batch.period, batch.version)
    if (isSameCommitment(batch, there)) return
    throw new DomainError(
      'readings-commitment-differs',
      `the ledger has other readings of area ${area} and delivery period ${batch.period} than the database`,
      { area, period: batch.period, ledger: there.root, database: batch.root },
    )
  }

  const run = async (): Promise<void> => {
    while (!isStopped && next <= calendar.lastPeriod) {
      const period = deliveryPeriod(next)
      if (!isReady(period)) break
      await commit(period)
      next += 1
    }
    await corrector.run(() => isStopped)
  }

  const look = (): void => {
    if (isStopped) return
    if (running !== null) {
      hasMoved = true
      return
    }
    hasMoved = false
    running = run()
      .catch((error: unknown) => {
        if (isStopped) return
        isStopped = true
        options.onFailure(error)
      })
      .finally(() => {
        running = null
        if (hasMoved) look()
      })
  }

  return {
    look,
    isClosed: (period) => period <= closedThrough,
    awaited: () => [...new Set([...awaitedNext(), ...corrector.awaited()])],
    async stop() {
      isStopped = true
      await running
    },
  }
}

function callOf(batch: ReadingBatch): Call {
  const { area, period, root, leaves, importTotal, exportTotal } = batch
  return {
    contract: 'meterReadings',
    function: 'commitReadings',
    arguments: [area, period, { root, count: leaves.length, importTotal, exportTotal }],
  }
}
