import { tradingDay, type TradingDay } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** Remembers that nothing more is to come for the day's settlement; again without effect. */
export async function insertFinishedDay(store: Store, area: number, day: TradingDay): Promise<void> {
  await store.client.finishedDay.createMany({ data: { area, day }, skipDuplicates: true })
}

/** The area's days for whose settlement nothing more is to come. */
export async function readFinishedDays(store: Store, area: number): Promise<Set<TradingDay>> {
  const rows = await store.client.finishedDay.findMany({ where: { area }, select: { day: true } })
  return new Set(rows.map(({ day }) => tradingDay(day)))
}
