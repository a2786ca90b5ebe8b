import type { ReadingsCommitment } from '../chain/sessions.ts'
import type { PeriodReading } from '../domain/metering/period-energy.ts'
import { readingTreeOf } from '../domain/metering/reading-tree.ts'
import type { DeliveryPeriod } from '../domain/units.ts'
import type { ReadingBatch } from '../store/readings.ts'

/** The batch of a period's readings (ascending by member) as it is kept, and committed by its root. */
export function batchOf(options: {
  readonly area: number
  readonly period: DeliveryPeriod
  readonly version: number
  readonly readings: readonly PeriodReading[]
  readonly saltOf: (purpose: string, memberId: number) => string
}): ReadingBatch {
  const { area, period, version } = options
  const leaves = options.readings.map((reading) => ({
    ...reading,
    salt: options.saltOf(`reading:${area}:${period}:${reading.memberId}:${version}`, reading.memberId),
  }))
  const { root } = readingTreeOf(leaves)
  return { area, period, version, root: root.hash, importTotal: root.a, exportTotal: root.b, leaves }
}

/** Whether the ledger has this very batch. */
export function isSameCommitment(batch: ReadingBatch, there: ReadingsCommitment): boolean {
  return (
    there.root === batch.root &&
    there.count === batch.leaves.length &&
    there.importTotal === batch.importTotal &&
    there.exportTotal === batch.exportTotal
  )
}
