import { DomainError } from '../../errors.ts'
import {
  floorDivide,
  SECONDS_PER_PERIOD,
  signedW,
  type DeliveryPeriod,
  type SignedW,
  type SignedWh,
} from '../../units.ts'
import {
  coversDay,
  localDayAfter,
  localQuarterHourOf,
  periodAt,
  type LocalCalendar,
} from '../baseline/local-calendar.ts'
import type { FlexPower } from '../trading/flex-offer.ts'
import { errorQuantileOf, type PastForecast } from './forecast-error.ts'

/** What flowed through a congestion point, or a part of it, by period; positive is consumption. */
export type Loading = ReadonlyMap<DeliveryPeriod, SignedWh>

export type ForecastFacts = {
  readonly calendar: LocalCalendar
  readonly periods: readonly DeliveryPeriod[]
  /** What the D-prognoses of all portfolios name, of each the revision that counts. */
  readonly prognoses: readonly (readonly FlexPower[])[]
  /** Measured, of all connection points behind the congestion point that are in no prognosis. */
  readonly rest: Loading
  /** The last period of which readings are known. */
  readonly knownUntil: DeliveryPeriod
  /** Forecasts of the congestion point that were made as long before, and what came. */
  readonly past: readonly PastForecast[]
  /** Thousandths, such as 50 and 950, of which quantiles are wanted. */
  readonly quantilesPermille: readonly number[]
}

/** The loading of a congestion point in a period to come; positive is consumption. */
export type LoadingForecast = {
  readonly period: DeliveryPeriod
  readonly expected: SignedW
  /** With each of the likelihoods asked for, the loading is no higher than this; in their sequence. */
  readonly quantiles: readonly SignedW[]
  /** So many past errors the quantiles rest on. */
  readonly errors: number
}

/** So many days are looked back for the same quarter-hour, and so many of them are taken. */
const LOOK_BACK_DAYS = 28
const DAYS_TAKEN = 5

/**
 * What a congestion point is going to carry: what the prognoses name, and of the rest what it carried in the same
 * quarter-hour of the last days (see `persistenceOf`), with quantiles from how wrong such forecasts were. It knows of no
 * weather: persistence has yesterday's in it. Throws `forecast-without-history`, and what `errorQuantileOf` does.
 */
export function forecastLoading(facts: ForecastFacts): LoadingForecast[] {
  const named = new Map<DeliveryPeriod, bigint>()
  for (const { period, power } of facts.prognoses.flat()) named.set(period, (named.get(period) ?? 0n) + power)
  return facts.periods.map((period) => {
    const expected = signedW((named.get(period) ?? 0n) + persistenceOf(facts, facts.rest, period))
    const errors = facts.quantilesPermille.map((permille) => errorQuantileOf(facts.past, period, permille))
    return {
      ...{ period, expected },
      quantiles: errors.map(({ error }) => signedW(expected + error)),
      errors: errors[0]?.count ?? 0,
    }
  })
}

/** By which clock days are told apart, and what was known at the time of a forecast. */
type Known = Pick<ForecastFacts, 'calendar' | 'knownUntil'>

/**
 * The mean power of the same quarter-hour by the clock on the wall of the last five days on which it is known, rounded down, of
 * those that begin no later than the last known period. An empty loading persists at nothing. Throws
 * `forecast-without-history` where the loading has none of these days.
 */
export function persistenceOf({ calendar, knownUntil }: Known, loading: Loading, period: DeliveryPeriod): SignedW {
  if (loading.size === 0) return signedW(0n)
  const { day, quarter } = localQuarterHourOf(calendar, period)
  const flows: SignedWh[] = []
  for (let back = 1; back <= LOOK_BACK_DAYS && flows.length < DAYS_TAKEN; back += 1) {
    const earlier = localDayAfter(day, -back)
    if (!coversDay(calendar, earlier)) break
    const same = periodAt(calendar, { day: earlier, quarter })
    const flow = same <= knownUntil ? loading.get(same) : undefined
    if (flow !== undefined) flows.push(flow)
  }
  if (flows.length === 0) {
    throw new DomainError(
      'forecast-without-history',
      `period ${period} is known on none of the last ${LOOK_BACK_DAYS} days`,
      {
        period,
      },
    )
  }
  const energy = flows.reduce((sum, flow) => sum + flow, 0n)
  return signedW(floorDivide(energy * 3_600n, BigInt(flows.length * SECONDS_PER_PERIOD)))
}

/** What `persistenceOf` would have said of each period with what was known so many periods before, beside what came. */
export function pastForecastsOf(
  calendar: LocalCalendar,
  loading: Loading,
  periods: readonly DeliveryPeriod[],
  leadPeriods: number,
): PastForecast[] {
  return periods.flatMap((period) => {
    const realised = loading.get(period)
    if (realised === undefined) return []
    try {
      const forecast = persistenceOf(
        { calendar, knownUntil: (period - leadPeriods) as DeliveryPeriod },
        loading,
        period,
      )
      return [{ period, forecast, realised: signedW((realised * 3_600n) / BigInt(SECONDS_PER_PERIOD)) }]
    } catch (error) {
      if (error instanceof DomainError && error.code === 'forecast-without-history') return []
      throw error
    }
  })
}
