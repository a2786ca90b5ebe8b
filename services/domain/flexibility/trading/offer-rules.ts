import { DomainError } from '../../errors.ts'
import { endOf, startOf } from '../../units.ts'
import { directionOf, powerIn } from '../flex-direction.ts'
import { runsOf, secondsOf } from './flex-periods.ts'
import type { FlexOffer, FlexOption, FlexPower } from './flex-offer.ts'
import { requireExpiry, type FlexRequest, type RequestedPeriod } from './flex-request.ts'
import type { FlexProduct } from './product.ts'

/**
 * The rules of an offer that depend on the request that it answers. Every option has to keep to them, for each might be
 * ordered alone. Throws `flex-request-expired`, `flex-request-unknown`, `congestion-point-unknown`, `flex-contract-unknown`,
 * `flex-expiry-out-of-bounds`, and what `requireOptionAnswers` does.
 */
export function requireAnswer(
  offer: FlexOffer,
  context: { readonly request: FlexRequest; readonly product: FlexProduct; readonly now: number },
): void {
  const { request, product, now } = context
  if (offer.request !== request.id) {
    throw new DomainError('flex-request-unknown', `the offer answers ${offer.request}, and not ${request.id}`)
  }
  if (offer.congestionPoint !== request.congestionPoint) {
    throw new DomainError('congestion-point-unknown', `request ${request.id} is for ${request.congestionPoint}`, {
      congestionPoint: offer.congestionPoint,
    })
  }
  if (request.contract !== null && offer.contract !== request.contract) {
    throw new DomainError('flex-contract-unknown', `request ${request.id} is made under contract ${request.contract}`, {
      contract: offer.contract,
    })
  }
  if (now >= request.expiresAt) {
    throw new DomainError(
      'flex-request-expired',
      `offers were taken until ${request.expiresAt}, and it is ${now} (unix seconds)`,
      { expiresAt: request.expiresAt, now },
    )
  }
  const lastPeriods = offer.options.map(({ periods }) => endOf(periods.at(-1)!.period))
  requireExpiry(offer.expiresAt, Math.min(...lastPeriods), now)
  for (const option of offer.options) requireOptionAnswers(option, request, product)
}

/**
 * Throws `flex-offer-misses-request` (no requested period), `flex-offer-outside-request` (a period that is not in the
 * request, or beyond the room that it leaves), `flex-offer-wrong-direction` (a requested period made worse),
 * `flex-offer-below-minimum`, `flex-offer-too-long` and `flex-offer-too-short-recovery`.
 */
export function requireOptionAnswers(option: FlexOption, request: FlexRequest, product: FlexProduct): void {
  const requested = new Map(request.periods.map((period) => [period.period, period]))
  for (const offered of option.periods) requireWithin(option, offered, requested.get(offered.period), product)
  const along = option.periods.filter(({ power }) => powerIn(product.direction, power) > 0n)
  if (!along.some(({ period }) => requested.get(period)?.disposition === 'requested')) {
    throw new DomainError(
      'flex-offer-misses-request',
      `option ${option.reference} offers nothing in any period in which power is requested`,
      { option: option.reference },
    )
  }
  for (const { period, power } of along) {
    if (powerIn(product.direction, power) < product.minimumSize) {
      throw new DomainError(
        'flex-offer-below-minimum',
        `option ${option.reference} offers ${power} W in period ${period}, and ${product.minimumSize} W are the least`,
        { option: option.reference, period, power, minimumSize: product.minimumSize },
      )
    }
  }
  requireTimes(option, along, product)
}

function requireWithin(
  { reference }: FlexOption,
  { period, power }: FlexPower,
  requested: RequestedPeriod | undefined,
  { direction }: FlexProduct,
): void {
  const details = { option: reference, period, power }
  if (requested === undefined) {
    throw new DomainError('flex-offer-outside-request', `period ${period} is not in the request`, details)
  }
  const { disposition, minPower, maxPower } = requested
  if (disposition === 'available' && (power < minPower || power > maxPower)) {
    throw new DomainError(
      'flex-offer-outside-request',
      `option ${reference} offers ${power} W in period ${period}, where there is room for ${minPower} to ${maxPower} W`,
      details,
    )
  }
  if (disposition === 'requested' && power !== 0n && directionOf(power) !== direction) {
    throw new DomainError(
      'flex-offer-wrong-direction',
      `option ${reference} would make the congestion of period ${period} worse`,
      details,
    )
  }
}

function requireTimes({ reference }: FlexOption, along: readonly FlexPower[], product: FlexProduct): void {
  const runs = runsOf(along.map(({ period }) => period))
  for (const [index, run] of runs.entries()) {
    const next = runs[index + 1]
    if (secondsOf(run) > product.longestActivationSeconds) {
      throw new DomainError(
        'flex-offer-too-long',
        `option ${reference} lasts ${secondsOf(run)} s from period ${run.first}, and ` +
          `${product.longestActivationSeconds} s are the most`,
        { option: reference, ...run },
      )
    }
    if (next !== undefined && startOf(next.first) - endOf(run.last) < product.recoverySeconds) {
      throw new DomainError(
        'flex-offer-too-short-recovery',
        `option ${reference} rests too shortly after period ${run.last}: ${product.recoverySeconds} s are the least`,
        { option: reference, ...run },
      )
    }
  }
}
