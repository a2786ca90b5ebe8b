import { DomainError } from '../../errors.ts'
import { signedW, signedWh, type DeliveryPeriod, type PowerW, type SignedW, type SignedWh } from '../../units.ts'
import type { LocalCalendar } from '../baseline/local-calendar.ts'
import type { FlexPower } from '../trading/flex-offer.ts'
import type { PastForecast } from './forecast-error.ts'
import { forecastLoading, type Loading } from './loading-forecast.ts'
import { quantilesOfRisk, type RiskForecast } from './request-proposal.ts'

/** What is known of a connection behind a congestion point; flows are positive towards the prosumer. */
export type PointConnection = {
  /** By how much a W there changes the flow at the congestion point, in millionths. */
  readonly effectPpm: number
  /** What its side says that will flow: its nomination, or what the home expects. */
  readonly named: ReadonlyMap<DeliveryPeriod, SignedWh>
  /** Measured in the past. */
  readonly metered: Loading
}

export type PointForecastFacts = {
  readonly calendar: LocalCalendar
  /** Ascending. */
  readonly periods: readonly DeliveryPeriod[]
  readonly connections: readonly PointConnection[]
  /** The last period of which readings are known. */
  readonly knownUntil: DeliveryPeriod
  readonly past: readonly PastForecast[]
  /** With which likelihood, in thousandths, the loading may be beyond either quantile. */
  readonly riskPermille: number
  /** How wrong a forecast is taken to be while there are no past ones, in W. */
  readonly marginW: PowerW
}

export type PointForecast = RiskForecast & {
  readonly expected: SignedW
  /** So many past errors it rests on; 0 where it is the margin. */
  readonly errors: number
}

/** An order that calls at the congestion point in a period, as a deviation of the portfolio; positive is more consumption. */
export type CalledPower = FlexPower & { readonly effectPpm: number }

const WHOLE_PPM = 1_000_000n

/**
 * The loading of a congestion point before any flexibility: a connection counts by what its side says where that covers all
 * periods, and by what it was measured at on earlier days where it does not; one that was never measured is left out. Throws
 * `forecast-without-history` where none of those that say nothing was measured on any of these days, and `risk-invalid`.
 */
export function forecastPoint(facts: PointForecastFacts): PointForecast[] {
  const { calendar, periods, connections, knownUntil, past, riskPermille, marginW } = facts
  const isNamed = ({ named }: PointConnection) => periods.every((period) => named.has(period))
  const named = connections.filter(isNamed)
  const common = {
    ...{ calendar, periods, knownUntil, past },
    prognoses: [powersOf(named, periods)],
    rest: restOf(connections.filter((connection) => !isNamed(connection))),
  }
  try {
    return forecastLoading({ ...common, quantilesPermille: quantilesOfRisk(riskPermille) }).map((forecast) => {
      const [low, high] = forecast.quantiles
      return { period: forecast.period, expected: forecast.expected, low: low!, high: high!, errors: forecast.errors }
    })
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'forecast-without-errors') throw error
    return forecastLoading({ ...common, quantilesPermille: [] }).map(({ period, expected }) => ({
      ...{ period, expected, errors: 0 },
      ...{ low: signedW(expected - marginW), high: signedW(expected + marginW) },
    }))
  }
}

function restOf(unnamed: readonly PointConnection[]): Loading {
  const measured = unnamed.filter(({ metered }) => metered.size > 0)
  if (unnamed.length === 0 || measured.length > 0) return loadingOf(measured)
  const details = { connections: unnamed.length }
  throw new DomainError(
    'forecast-without-history',
    'no home that says nothing of the periods was ever measured',
    details,
  )
}

/**
 * What the connections carried through the point together, in the periods in which all of them were measured. Of the effects
 * the sum is rounded towards zero.
 */
export function loadingOf(connections: readonly Omit<PointConnection, 'named'>[]): Loading {
  const [first, ...others] = connections
  if (first === undefined) return new Map()
  const loading = new Map<DeliveryPeriod, SignedWh>()
  for (const period of first.metered.keys()) {
    if (!others.every(({ metered }) => metered.has(period))) continue
    const flows = connections.map(({ metered, effectPpm }) => metered.get(period)! * BigInt(effectPpm))
    loading.set(period, signedWh(flows.reduce((sum, flow) => sum + flow, 0n) / WHOLE_PPM))
  }
  return loading
}

/** The forecasts once what is called by then is delivered, of which the effect is rounded towards zero. */
export function afterCalls<Forecast extends RiskForecast & { readonly expected: SignedW }>(
  forecasts: readonly Forecast[],
  calls: readonly CalledPower[],
): Forecast[] {
  const changes = changesOf(calls)
  return forecasts.map((forecast) => {
    const change = changes.get(forecast.period) ?? 0n
    const changed = (power: SignedW) => signedW(power + change)
    return {
      ...forecast,
      expected: changed(forecast.expected),
      low: changed(forecast.low),
      high: changed(forecast.high),
    }
  })
}

/** What was measured at the point, in W, as if nothing had been called: what a forecast without flexibility is compared with. */
export function withoutCalls(loading: Loading, calls: readonly CalledPower[]): ReadonlyMap<DeliveryPeriod, SignedW> {
  const changes = changesOf(calls)
  return new Map(
    Array.from(loading, ([period, energy]) => [period, signedW(energy * 4n - (changes.get(period) ?? 0n))] as const),
  )
}

function changesOf(calls: readonly CalledPower[]): Map<DeliveryPeriod, bigint> {
  const changes = new Map<DeliveryPeriod, bigint>()
  for (const { period, power, effectPpm } of calls) {
    changes.set(period, (changes.get(period) ?? 0n) + (power * BigInt(effectPpm)) / WHOLE_PPM)
  }
  return changes
}

function powersOf(named: readonly PointConnection[], periods: readonly DeliveryPeriod[]): FlexPower[] {
  return periods.map((period) => {
    const flows = named.map((connection) => connection.named.get(period)! * BigInt(connection.effectPpm))
    return { period, power: signedW((flows.reduce((sum, flow) => sum + flow, 0n) * 4n) / WHOLE_PPM) }
  })
}
