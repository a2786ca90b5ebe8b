import type { Rate } from '../units.ts'

/** What an area charges in one delivery period, in micro-euro per kWh. */
export type Tariff = {
  /** The supplier's price for a shortage. */
  readonly retail: Rate
  /** The supplier's price for a surplus, never above `retail`. */
  readonly feedIn: Rate
  /** The DSO's price for transporting energy from outside the area. */
  readonly grid: Rate
  /** The DSO's price for energy traded inside the area, never above `grid`. */
  readonly gridLocal: Rate
  /** Levies on every kWh imported, for the tax authority; never negative. */
  readonly levy: Rate
  /** The platform operator's fee on every kWh bought in the market; never negative. */
  readonly platformFee: Rate
}
