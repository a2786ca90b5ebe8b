import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Nominated baselines. */
export function projectFlexNominations(batch: ProjectionBatch, { name, arguments: values, block }: LedgerEvent): void {
  if (name !== 'BaselineNominated') return
  batch.flexibility.push({
    kind: 'nominated',
    portfolioId: Number(values.portfolioId),
    productId: Number(values.productId),
    day: values.day as bigint,
    root: values.root as string,
    count: values.count as bigint,
    importTotalWh: values.importTotal as bigint,
    exportTotalWh: values.exportTotal as bigint,
    committedAt: block.timestamp,
  })
}
