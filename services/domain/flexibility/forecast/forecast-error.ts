import { DomainError } from '../../errors.ts'
import { PERIODS_PER_DAY, type DeliveryPeriod, type SignedW } from '../../units.ts'

/** What was forecast of a period, and what came; positive is consumption. */
export type PastForecast = {
  readonly period: DeliveryPeriod
  readonly forecast: SignedW
  readonly realised: SignedW
}

/** Errors of the same quarter-hour of a day count, and of so many before and after it. */
const QUARTERS_AROUND = 4
const WIDEST_QUARTERS = PERIODS_PER_DAY / 2
/** Where there are fewer than the quantile needs, quarter-hours farther away count as well. */
const WIDER_BY = 4

/**
 * By how much a forecast of the period is exceeded with the likelihood at most that the quantile leaves, in W: the quantile of
 * past errors around the same quarter-hour. Of n errors it is the ceil((n + 1) q)-th smallest, so that the guarantee holds
 * for as few of them as there are, if errors to come are like those that came (V. Vovk, A. Gammerman, G. Shafer, Algorithmic
 * Learning in a Random World, 2005). Throws `forecast-without-errors` where even all errors are too few for that.
 */
export function errorQuantileOf(
  past: readonly PastForecast[],
  period: DeliveryPeriod,
  quantilePermille: number,
): { readonly error: bigint; readonly count: number } {
  for (let around = QUARTERS_AROUND; around <= WIDEST_QUARTERS; around += WIDER_BY) {
    const errors = past.filter((one) => quartersApart(one.period, period) <= around).map(errorOf)
    const error = quantileOf(errors, quantilePermille)
    if (error !== null) return { error, count: errors.length }
  }
  throw new DomainError(
    'forecast-without-errors',
    `${past.length} past forecasts are too few for a quantile of ${quantilePermille} thousandths`,
    { count: past.length, quantilePermille },
  )
}

/** The ceil((n + 1) q)-th smallest for q from a half on, and its mirror below; null where there are too few. */
export function quantileOf(errors: readonly bigint[], quantilePermille: number): bigint | null {
  if (!Number.isInteger(quantilePermille) || quantilePermille < 1 || quantilePermille > 999) {
    throw new RangeError(`${quantilePermille} thousandths are no quantile`)
  }
  const isUpper = quantilePermille >= 500
  const beyond = isUpper ? quantilePermille : 1_000 - quantilePermille
  const place = Math.ceil(((errors.length + 1) * beyond) / 1_000)
  if (place > errors.length) return null
  const sorted = [...errors].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))
  return sorted[isUpper ? place - 1 : errors.length - place]!
}

function errorOf({ forecast, realised }: PastForecast): bigint {
  return realised - forecast
}

/** Within a day, round midnight as well. */
function quartersApart(one: DeliveryPeriod, other: DeliveryPeriod): number {
  const apart = Math.abs(one - other) % PERIODS_PER_DAY
  return Math.min(apart, PERIODS_PER_DAY - apart)
}
