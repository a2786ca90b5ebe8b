import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Commitments to meter readings. */
export function projectMeterReadings(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  if (name === 'ReadingsCommitted') {
    batch.commitments.push({ area: Number(values.area), period: Number(values.period) })
  }
}
