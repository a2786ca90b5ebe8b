import { deliveryPeriod, signedW, type DeliveryPeriod, type SignedW } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { CongestionForecast } from '../generated/client.ts'

/** What a congestion point is going to carry in a period; positive is consumption. */
export type KeptForecast = {
  readonly period: DeliveryPeriod
  readonly expected: SignedW
  /** With the likelihood of the risk the loading is below the first, and above the second. */
  readonly low: SignedW
  readonly high: SignedW
  /** So many past errors it rests on; 0 where it is a margin. */
  readonly errors: number
}

/** Keeps what was forecast at a time (unix seconds); again without effect. */
export async function keepForecast(
  store: Store,
  pointId: number,
  madeAt: number,
  forecasts: readonly KeptForecast[],
): Promise<void> {
  await store.client.congestionForecast.createMany({
    data: forecasts.map(({ period, expected, low, high, errors }) => ({
      ...{ pointId, madeAt, period, errors },
      expectedW: Number(expected),
      lowW: Number(low),
      highW: Number(high),
    })),
    skipDuplicates: true,
  })
}

/** Of each period from `first` to `last`, inclusive, the forecast that was made first; ascending. */
export function readFirstForecasts(
  store: Store,
  pointId: number,
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<KeptForecast[]> {
  return forecastsOf(store, pointId, first, last, 'asc')
}

/** Of each period from `first` to `last`, inclusive, the forecast that was made last; ascending. */
export function readLatestForecasts(
  store: Store,
  pointId: number,
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<KeptForecast[]> {
  return forecastsOf(store, pointId, first, last, 'desc')
}

async function forecastsOf(
  store: Store,
  pointId: number,
  first: DeliveryPeriod,
  last: DeliveryPeriod,
  madeAt: 'asc' | 'desc',
): Promise<KeptForecast[]> {
  const rows = await store.client.congestionForecast.findMany({
    where: { pointId, period: { gte: first, lte: last } },
    orderBy: [{ period: 'asc' }, { madeAt }],
    distinct: ['period'],
  })
  return rows.map(forecastOf)
}

function forecastOf({ period, expectedW, lowW, highW, errors }: CongestionForecast): KeptForecast {
  return {
    period: deliveryPeriod(period),
    expected: signedW(BigInt(expectedW)),
    low: signedW(BigInt(lowW)),
    high: signedW(BigInt(highW)),
    errors,
  }
}
