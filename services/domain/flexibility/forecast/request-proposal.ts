import { DomainError } from '../../errors.ts'
import { signedW, type DeliveryPeriod, type SignedW } from '../../units.ts'
import { FLEX_DIRECTIONS, type FlexDirection } from '../flex-direction.ts'
import { capacityAt, type CongestionPoint } from '../trading/congestion-point.ts'
import type { RequestedPeriod } from '../trading/flex-request.ts'
import type { LoadingForecast } from './loading-forecast.ts'

/** A flex request that a DSO may make as it is, for one direction. */
export type RequestProposal = {
  readonly direction: FlexDirection
  /** Every period of the forecast, ascending. */
  readonly periods: readonly RequestedPeriod[]
}

/** A forecast with two quantiles: what loading is below, and above, with the likelihood of the risk. */
export type RiskForecast = Pick<LoadingForecast, 'period'> & { readonly low: SignedW; readonly high: SignedW }

/** Thousandths of the two quantiles that a risk asks for. Throws `risk-invalid` unless from 1 to 499 thousandths. */
export function quantilesOfRisk(riskPermille: number): readonly [low: number, high: number] {
  if (!Number.isInteger(riskPermille) || riskPermille < 1 || riskPermille > 499) {
    throw new DomainError('risk-invalid', `${riskPermille} is no risk: give 1 to 499 thousandths`, { riskPermille })
  }
  return [riskPermille, 1_000 - riskPermille]
}

/**
 * What to request so that the congestion point is overloaded in no period with a likelihood above the risk, that is as much as
 * the quantiles exceed its capacity by, rounded up to the step; one proposal for each direction in which something is needed.
 * The other periods are available, with the room that the quantiles leave, rounded down to the step, so that what is
 * shifted there makes no congestion there. A step is in W, and 1 at least.
 */
export function proposeRequests(
  point: CongestionPoint,
  forecasts: readonly RiskForecast[],
  step: bigint,
): RequestProposal[] {
  if (step < 1n) throw new RangeError(`${step} W is no step`)
  const sorted = [...forecasts].sort((one, other) => one.period - other.period)
  return FLEX_DIRECTIONS.flatMap((direction) => {
    const periods = sorted.map((forecast) => requestedOf(point, forecast, direction, step))
    return periods.some(({ disposition }) => disposition === 'requested') ? [{ direction, periods }] : []
  })
}

function requestedOf(
  point: CongestionPoint,
  { period, low, high }: RiskForecast,
  direction: FlexDirection,
  step: bigint,
): RequestedPeriod {
  const { consumption, feedIn } = capacityAt(point, period)
  const [above, below] = [high - consumption, -feedIn - low]
  if (direction === 'consume-less' && above > 0n) return requestFor(period, -roundedUp(above, step), 0n)
  if (direction === 'consume-more' && below > 0n) return requestFor(period, 0n, roundedUp(below, step))
  return {
    period,
    disposition: 'available',
    minPower: signedW(below < 0n ? -roundedDown(-below, step) : 0n),
    maxPower: signedW(above < 0n ? roundedDown(-above, step) : 0n),
  }
}

function requestFor(period: DeliveryPeriod, minPower: bigint, maxPower: bigint): RequestedPeriod {
  return { period, disposition: 'requested', minPower: signedW(minPower), maxPower: signedW(maxPower) }
}

function roundedDown(power: bigint, step: bigint): bigint {
  return power - (power % step)
}

function roundedUp(power: bigint, step: bigint): bigint {
  return roundedDown(power + step - 1n, step)
}
