import { rate, type Rate } from '../../domain/units.ts'
import type { Store } from '../connect.ts'

/** The rates by which an order's exposure is measured. */
export type OrderRates = { readonly retail: Rate; readonly feedIn: Rate; readonly platformFee: Rate }

/** By delivery period: published rates, before the area's default ones. Every period asked for is there. */
export async function readOrderRates(
  store: Store,
  area: number,
  periods: readonly number[],
): Promise<Map<number, OrderRates>> {
  if (periods.length === 0) return new Map()
  const [defaults, published] = await Promise.all([
    store.client.area.findUniqueOrThrow({ where: { id: area } }),
    store.client.energyRate.findMany({ where: { area, period: { in: [...periods] } } }),
  ])
  const platformFee = rate(BigInt(defaults.platformFeeMicroEuroPerKwh))
  const ratesOf = (row: { retailMicroEuroPerKwh: number; feedInMicroEuroPerKwh: number }): OrderRates => ({
    retail: rate(BigInt(row.retailMicroEuroPerKwh)),
    feedIn: rate(BigInt(row.feedInMicroEuroPerKwh)),
    platformFee,
  })
  const rates = new Map(periods.map((period) => [period, ratesOf(defaults)]))
  for (const row of published) rates.set(row.period, ratesOf(row))
  return rates
}
