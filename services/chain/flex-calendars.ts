import type { DeliveryPeriod } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'
import type { Call } from './transactions.ts'

/** From the period on the clock on the wall is so many quarter-hours ahead of UTC; by the DSO of the area. */
export function setUtcOffsetCall(area: number, from: DeliveryPeriod, quarters: number): Call {
  return { contract: 'flexCalendars', function: 'setUtcOffset', arguments: [area, from, quarters] }
}

/** Public holidays to come, as local days counted from 1970-01-01; by the DSO of the area. */
export function setHolidaysCall(area: number, localDays: readonly number[]): Call {
  return { contract: 'flexCalendars', function: 'setHolidays', arguments: [area, localDays] }
}

/** The local day (counted from 1970-01-01) and the quarter-hour of it (from 0) in which the period begins. */
export async function readLocalQuarterHour(
  ledger: Ledger,
  area: number,
  period: DeliveryPeriod,
): Promise<{ readonly localDay: number; readonly quarter: number }> {
  const answer = await readContract(ledger, 'flexCalendars', 'localOf', area, period)
  const [localDay, quarter] = answer as unknown as [bigint, bigint]
  return { localDay: Number(localDay), quarter: Number(quarter) }
}

/** Whether the local day is a weekend's or a holiday. */
export async function isDayOff(ledger: Ledger, area: number, localDay: number): Promise<boolean> {
  const [isOff] = await readContract(ledger, 'flexCalendars', 'isDayOff', area, localDay)
  return isOff as boolean
}
