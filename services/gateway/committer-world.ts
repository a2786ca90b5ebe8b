import type { DomainError } from '../domain/errors.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import type { PeriodEnergy } from '../domain/metering/period-energy.ts'
import type { ReadingsCommitment } from '../chain/sessions.ts'
import { deliveryPeriod, endOf, energyWh, type DeliveryPeriod } from '../domain/units.ts'
import type { ReadingBatch } from '../store/readings.ts'
import type { Meter } from './meters.ts'
import { startPeriodCommitter, type CommitterStore, type PeriodCommitter } from './period-committer.ts'

/** Periods 100 to 102, of a day that ends at 2 * 86,400. */
export const calendar: Calendar = {
  firstPeriod: deliveryPeriod(100),
  lastPeriod: deliveryPeriod(102),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 600,
  challengeWindowSeconds: 600,
  correctionDelaySeconds: 86_400,
  finalDelaySeconds: 2 * 86_400,
}

export const meterOf = (memberId: number): Meter => ({
  memberId,
  area: 1,
  address: `0x${memberId}`,
  connectionCapacityW: 1,
  activeUntil: null,
  certifiedUntil: 2 ** 32,
})

/** A committer of the meters 1 and 2 with tables and a ledger in memory, whose time and readings the test chooses. */
export class CommitterWorld {
  now = endOf(calendar.firstPeriod)
  hearingSince: number | null = 0
  meters: Meter[] = [meterOf(1), meterOf(2)]
  readonly readings = new Map<number, MeterReading[]>()
  /** By period, the versions of each. */
  readonly batches = new Map<number, ReadingBatch[]>()
  readonly profiles = new Map<number, PeriodEnergy[]>()
  /** Purposes of what is on the ledger. */
  readonly sent: string[] = []
  failures: unknown[] = []
  /** Thrown by the sender, until it is removed. */
  refusal: DomainError | null = null
  onLedger: ReadingsCommitment = { root: '0x00', count: 2, importTotal: energyWh(200n), exportTotal: energyWh(200n) }

  /** Registers advance by 100 Wh a period. */
  read(memberId: number, ...periods: number[]): void {
    const list = this.readings.get(memberId) ?? []
    for (const period of periods) {
      const register = energyWh(BigInt(period) * 100n)
      list.push({
        deliveryPeriod: deliveryPeriod(period),
        sequence: (list.at(-1)?.sequence ?? 0) + 1,
        importRegister: register,
        exportRegister: register,
      })
    }
    this.readings.set(memberId, list)
  }

  decided(period: number, version = 0): ReadingBatch | undefined {
    return this.batches.get(period)?.[version]
  }

  /** Member, Wh imported and quality of each leaf. */
  energies(period: number, version = 0): [number, bigint, string][] | undefined {
    return this.decided(period, version)?.leaves.map((leaf) => [
      leaf.memberId,
      leaf.importEnd - leaf.importStart,
      leaf.quality,
    ])
  }

  start(): Promise<PeriodCommitter> {
    return startPeriodCommitter({
      area: 1,
      calendar,
      now: () => this.now,
      hearingSince: () => this.hearingSince,
      meters: () => this.meters,
      lastOf: (memberId) => this.readings.get(memberId)?.at(-1) ?? null,
      flushed: async () => undefined,
      saltOf: (purpose) => `0x${Buffer.from(purpose).toString('hex').padEnd(64, '0').slice(0, 64)}`,
      store: this.tables(),
      send: async (purpose) => {
        if (this.refusal !== null) throw this.refusal
        this.sent.push(purpose)
      },
      readCommitment: async () => this.onLedger,
      readVersion: async (period) => this.versionOnLedger(period),
      onCommitted: () => undefined,
      onFailure: (error) => this.failures.push(error),
    })
  }

  async look(committer: PeriodCommitter): Promise<void> {
    committer.look()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  private tables(): CommitterStore {
    const { batches, profiles } = this
    return {
      findLastBatch: async () => ([...batches.keys()].sort().at(-1) as DeliveryPeriod | undefined) ?? null,
      readBatch: async (_, period, version) => batches.get(period)?.at(version ?? -1) ?? null,
      readReadingsAround: async (period, memberIds) =>
        this.readingsOf(memberIds, ({ deliveryPeriod: of }) => of === period || of === period - 1),
      readReadingsBesides: async (_, memberIds) => this.readingsOf(memberIds, () => true),
      readLeafEnds: async (period, memberIds) => {
        const leaves = (batches.get(period)?.at(-1)?.leaves ?? []).filter((leaf) => memberIds.includes(leaf.memberId))
        return new Map(leaves.map((leaf) => [leaf.memberId, { import: leaf.importEnd, export: leaf.exportEnd }]))
      },
      readMeteredProfiles: async () => profiles,
      readOpenEstimates: async (_, from) =>
        [...batches.values()].flatMap((versions) => {
          const { period, version, leaves } = versions.at(-1)!
          const memberIds = leaves.filter(({ quality }) => quality === 'estimated').map(({ memberId }) => memberId)
          return period < from || (version === 0 && memberIds.length === 0) ? [] : [{ period, version, memberIds }]
        }),
      storeBatch: async (batch) => {
        const versions = batches.get(batch.period) ?? []
        if (versions.length === batch.version) batches.set(batch.period, [...versions, batch])
      },
      removeCorrection: async ({ period, version }) => void batches.set(period, batches.get(period)!.slice(0, version)),
    }
  }

  private readingsOf(memberIds: readonly number[], isWanted: (reading: MeterReading) => boolean) {
    return new Map(memberIds.map((memberId) => [memberId, (this.readings.get(memberId) ?? []).filter(isWanted)]))
  }

  /** As many corrections as were sent for the period. */
  private versionOnLedger(period: number): number | null {
    const versions = new Set(this.sent.filter((purpose) => purpose.split(':')[2] === String(period)))
    return versions.size === 0 ? null : versions.size - 1
  }
}
