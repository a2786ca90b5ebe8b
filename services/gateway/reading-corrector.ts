import type { ReadingsCommitment } from '../chain/sessions.ts'
import type { Call } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { correctionEndOf, runDueAt, type Calendar, type Run } from '../domain/grid/calendar.ts'
import { correctedReadingOf } from '../domain/metering/estimation.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import { isDecided } from '../domain/metering/period-energy.ts'
import { firstPeriodOf, tradingDayAt, tradingDayOf, type DeliveryPeriod } from '../domain/units.ts'
import type { ReadingBatch } from '../store/readings.ts'
import { batchOf, isSameCommitment } from './reading-batch.ts'
import type { ReadingSources } from './reading-leaves.ts'

/** Replaces estimates by what later readings say of them. */
export type ReadingCorrector = {
  /** Remembers the estimates of a batch that is on the ledger. */
  note(batch: ReadingBatch): void
  /** Members of whom nothing is known yet that would replace an estimate. */
  awaited(): readonly number[]
  /** Commits the corrections that are due now, one period after the other, until `isStopped`. */
  run(isStopped: () => boolean): Promise<void>
}

export type CorrectorOptions = {
  readonly area: number
  readonly calendar: Calendar
  readonly now: () => number
  readonly lastOf: (memberId: number) => MeterReading | null
  /** Resolves when every reading accepted so far is durable. */
  readonly flushed: () => Promise<void>
  readonly saltOf: (purpose: string, memberId: number) => string
  readonly store: CorrectorStore
  readonly send: (purpose: string, call: Call) => Promise<unknown>
  readonly readVersion: (period: DeliveryPeriod) => Promise<number | null>
  readonly readCommitment: (period: DeliveryPeriod, version?: number) => Promise<ReadingsCommitment>
  readonly onCommitted: (batch: ReadingBatch) => void
}

export type CorrectorStore = Pick<ReadingSources, 'readReadingsBesides'> & {
  readOpenEstimates(
    area: number,
    from: DeliveryPeriod,
  ): Promise<{ period: DeliveryPeriod; version: number; memberIds: number[] }[]>
  /** The version named, or the latest. */
  readBatch(area: number, period: DeliveryPeriod, version?: number): Promise<ReadingBatch | null>
  storeBatch(batch: ReadingBatch): Promise<void>
  removeCorrection(batch: ReadingBatch): Promise<void>
}

type Open = { readonly members: Set<number>; checked: Run | 'none' }

/** How long before a run's time the corrections for it are committed, at most; half the run's delay where that is less. */
const LONGEST_LEAD_SECONDS = 3_600
const LAST_VERSION = 255

/**
 * Commits a next version of a period's readings as soon as all its estimates are decided, and before the corrected and
 * the final run with those that are: a handful of versions, however many meters come back one by one. Goes on where the
 * tables stop: a correction that was stored is sent again, which has no effect where it was mined.
 */
export async function startReadingCorrector(options: CorrectorOptions): Promise<ReadingCorrector> {
  const { area, calendar, store } = options
  const open = new Map<DeliveryPeriod, Open>()
  const unsent = new Set<DeliveryPeriod>()

  const isOver = (period: DeliveryPeriod): boolean => options.now() >= correctionEndOf(calendar, tradingDayOf(period))

  const load = async (): Promise<void> => {
    const from = firstPeriodOf(tradingDayAt(Math.max(0, options.now() - calendar.finalDelaySeconds)))
    for (const { period, version, memberIds } of await store.readOpenEstimates(area, from)) {
      if (version > 0) unsent.add(period)
      if (memberIds.length > 0) open.set(period, { members: new Set(memberIds), checked: 'none' })
    }
  }

  /** The members whose estimates can be decided now for good; none where it is too early to correct the period. */
  const dueOf = (period: DeliveryPeriod, { members, checked }: Open): { run: Run | 'none'; memberIds: number[] } => {
    const decided = [...members].filter((memberId) => isDecided(options.lastOf(memberId), period))
    const run = runBefore(calendar, period, options.now())
    const isDue = decided.length === members.size || run !== checked
    return { run, memberIds: isDue ? decided : [] }
  }

  const correct = async (period: DeliveryPeriod, memberIds: readonly number[]): Promise<void> => {
    await options.flushed()
    const [current, readings] = await Promise.all([
      store.readBatch(area, period),
      store.readReadingsBesides(period, memberIds),
    ])
    if (current === null || current.version === LAST_VERSION) return
    // Nothing was read for the others: their leaves stay.
    const leaves = current.leaves.map((leaf) => correctedReadingOf(leaf, readings.get(leaf.memberId) ?? []) ?? leaf)
    if (leaves.every((leaf, position) => leaf === current.leaves[position])) return
    const batch = batchOf({ area, period, version: current.version + 1, readings: leaves, saltOf: options.saltOf })
    await store.storeBatch(batch)
    await commit(batch)
  }

  const commit = async (batch: ReadingBatch): Promise<void> => {
    const { period, version, root, leaves, importTotal, exportTotal } = batch
    const there = await options.readVersion(period)
    if (there !== null && there >= version) return requireSame(batch)
    try {
      await options.send(`correct-readings:${area}:${period}:${version}`, {
        contract: 'meterReadings',
        function: 'correctReadings',
        arguments: [area, period, { root, count: leaves.length, importTotal, exportTotal }],
      })
      options.onCommitted(batch)
    } catch (error) {
      // The estimates stand: what is not on the ledger must not look as if it were.
      if (!(error instanceof DomainError) || error.code !== 'meter-readings-corrections-over') throw error
      await store.removeCorrection(batch)
    }
  }

  const requireSame = async (batch: ReadingBatch): Promise<void> => {
    const there = await options.readCommitment(batch.period, batch.version)
    if (isSameCommitment(batch, there)) return
    throw new DomainError(
      'readings-commitment-differs',
      `the ledger has another version ${batch.version} of the readings of area ${area} and delivery period ` +
        `${batch.period} than the database`,
      { area, period: batch.period, version: batch.version, ledger: there.root, database: batch.root },
    )
  }

  const sendAgain = async (period: DeliveryPeriod): Promise<void> => {
    const batch = await store.readBatch(area, period)
    if (batch !== null && batch.version > 0) await commit(batch)
    unsent.delete(period)
  }

  await load()
  return {
    note({ period, leaves }) {
      const members = leaves.filter(({ quality }) => quality === 'estimated').map(({ memberId }) => memberId)
      if (members.length > 0) open.set(period, { members: new Set(members), checked: 'none' })
    },
    awaited: () =>
      [...open].flatMap(([period, { members }]) =>
        [...members].filter((memberId) => !isDecided(options.lastOf(memberId), period)),
      ),
    async run(isStopped) {
      for (const period of unsent) {
        if (isStopped()) return
        await sendAgain(period)
      }
      for (const [period, estimates] of open) {
        if (isStopped()) return
        if (isOver(period)) open.delete(period)
        const { run, memberIds } = dueOf(period, estimates)
        if (isOver(period) || memberIds.length === 0) continue
        await correct(period, memberIds)
        estimates.checked = run
        for (const memberId of memberIds) estimates.members.delete(memberId)
        if (estimates.members.size === 0) open.delete(period)
      }
    },
  }
}

/** The last run of the period's day whose corrections are to be committed by now. */
function runBefore(calendar: Calendar, period: DeliveryPeriod, now: number): Run | 'none' {
  const day = tradingDayOf(period)
  const isNear = (run: 'corrected' | 'final', delay: number): boolean =>
    now >= runDueAt(calendar, day, run) - Math.min(LONGEST_LEAD_SECONDS, Math.floor(delay / 2))
  if (isNear('final', calendar.finalDelaySeconds)) return 'final'
  return isNear('corrected', calendar.correctionDelaySeconds) ? 'corrected' : 'none'
}
