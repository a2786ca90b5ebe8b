import type { GridRates } from '../../services/chain/deploy.ts'
import { PERIODS_PER_DAY, rate, type DeliveryPeriod } from '../../services/domain/units.ts'

const NIGHT: GridRates = { grid: rate(50_000n), gridLocal: rate(25_000n) }
const DAY: GridRates = { grid: rate(80_000n), gridLocal: rate(40_000n) }
const EVENING: GridRates = { grid: rate(120_000n), gridLocal: rate(60_000n) }

/** The demonstration's grid tariff by time of use, of so many days' periods from the first: dear when everybody cooks. */
export function demoGridTariff(firstPeriod: DeliveryPeriod, days: number): GridRates[] {
  return Array.from({ length: days * PERIODS_PER_DAY }, (_, position) => {
    const hour = Math.floor(((firstPeriod + position) % PERIODS_PER_DAY) / 4)
    if (hour < 6) return NIGHT
    return hour >= 17 && hour < 21 ? EVENING : DAY
  })
}
