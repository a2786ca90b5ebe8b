import { PRICE_TICK } from '../../../../services/domain/units.ts'
import type { SessionPage, SessionState } from '../../lib/api-client.ts'

export type SessionPoint = {
  readonly period: number
  readonly state: SessionState
  /** Null until the gate closed. */
  readonly orderCount: number | null
  /** Micro-euro per kWh; null where nothing was traded, or not yet. */
  readonly price: bigint | null
  /** Wh; null until cleared. */
  readonly volume: bigint | null
}

/** Sessions as the api lists them, newest first, with their amounts read. */
export function sessionPointsOf(page: Pick<SessionPage, 'items'>): SessionPoint[] {
  return page.items.map(({ period, state, orderCount, priceMicroEuroPerKwh, volumeWh }) => ({
    period,
    state,
    orderCount,
    price: priceMicroEuroPerKwh === null ? null : BigInt(priceMicroEuroPerKwh),
    volume: volumeWh === null ? null : BigInt(volumeWh),
  }))
}

/** What a chart needs of a session, in euro per kWh and kWh; ascending, with a gap where nothing was traded. */
export type ChartPoint = { readonly period: number; readonly price: number | null; readonly volume: number }

export function chartPointsOf(points: readonly SessionPoint[]): ChartPoint[] {
  const cleared = points.filter(({ volume }) => volume !== null)
  return cleared
    .map(({ period, price, volume }) => ({
      period,
      price: price === null ? null : Number(price) / 1e6,
      volume: Number(volume) / 1e3,
    }))
    .sort((left, right) => left.period - right.period)
}

/** Mean price weighted by volume, in micro-euro per kWh, on the tick towards zero; null where nothing was traded. */
export function meanPriceOf(points: readonly SessionPoint[]): bigint | null {
  let volume = 0n
  let value = 0n
  for (const point of points) {
    if (point.price === null || point.volume === null) continue
    volume += point.volume
    value += point.price * point.volume
  }
  return volume === 0n ? null : (value / volume / PRICE_TICK) * PRICE_TICK
}
