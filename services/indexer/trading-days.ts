import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Days for which trading keys are published. */
export function projectTradingDays(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  if (name !== 'KeysPublished') return
  const area = Number(values.area)
  const day = Number(values.day)
  const key = `${area}:${day}`
  batch.tradingDays.set(key, {
    area,
    day,
    entryCount: (batch.tradingDays.get(key)?.entryCount ?? 0) + Number(values.entryCount),
    membersSeen: Number(values.membersSeen),
    isSealed: false,
  })
}
