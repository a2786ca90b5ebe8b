import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const NOTHING_YET = { entryCount: 0, membersSeen: 0, pages: 0 }

/** Days for which trading keys are published. */
export function projectTradingDays(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  const area = Number(values.area)
  const day = Number(values.day)
  const key = `${area}:${day}`
  const known = batch.tradingDays.get(key)
  // Comes with the page's KeysPublished, before or behind it.
  if (name === 'PageSealed') batch.tradingDays.set(key, { ...(known ?? { area, day, ...NOTHING_YET }), isSealed: true })
  if (name !== 'KeysPublished') return
  batch.tradingDays.set(key, {
    area,
    day,
    entryCount: (known?.entryCount ?? 0) + Number(values.entryCount),
    membersSeen: Number(values.membersSeen),
    pages: Number(values.page) + 1,
    isSealed: known?.isSealed ?? false,
  })
}
