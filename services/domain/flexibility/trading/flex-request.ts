import { DomainError } from '../../errors.ts'
import {
  deliveryPeriod,
  powerW,
  rate,
  signedW,
  startOf,
  type DeliveryPeriod,
  type PowerW,
  type Rate,
  type SignedW,
} from '../../units.ts'
import { directionOf, type FlexDirection } from '../flex-direction.ts'
import { parseEntityAddress, type EntityAddress } from './entity-address.ts'
import { requirePeriods } from './flex-periods.ts'
import { amountOf, choiceOf, fieldsOf, listOf, optionalTextOf, textOf, wholeOf } from './message-fields.ts'
import { parseMessageId } from './message-identity.ts'
import type { FlexProduct } from './product.ts'

/** Whether power is needed in the period, or there is room to deviate from the baseline, as for what was shifted there. */
export const DISPOSITIONS = ['requested', 'available'] as const

/** How far to deviate from the baseline; positive is more consumption. */
export type RequestedPeriod = {
  readonly period: DeliveryPeriod
  readonly disposition: (typeof DISPOSITIONS)[number]
  readonly minPower: SignedW
  readonly maxPower: SignedW
}

/** A DSO's need at a congestion point. */
export type FlexRequest = {
  readonly id: string
  readonly congestionPoint: EntityAddress
  readonly product: string
  /** The availability contract under which it is made; null where it is for everybody. */
  readonly contract: string | null
  /** Of several requests of one need the one with the greatest revision counts. */
  readonly revision: number
  /** Unix seconds until which offers are taken. */
  readonly expiresAt: number
  /** The most that is paid for a kWh of effect at the congestion point, in micro-euro, never negative. */
  readonly priceCap: Rate
  /** Ascending. */
  readonly periods: readonly RequestedPeriod[]
}

/** How much is needed in a period, and in which direction. */
export type FlexNeed = { readonly direction: FlexDirection; readonly power: PowerW }

const HIGHEST_CAP = 100_000_000n

/** The request, believed from here on but for its context. Throws what its parts do, and what `requireFlexRequest` does. */
export function parseFlexRequest(input: unknown): FlexRequest {
  const fields = fieldsOf(input, 'a flex request')
  const contract = optionalTextOf(fields, 'contract')
  return requireFlexRequest({
    id: parseMessageId(textOf(fields, 'id')),
    congestionPoint: parseEntityAddress(textOf(fields, 'congestionPoint')),
    product: textOf(fields, 'product'),
    contract,
    revision: wholeOf(fields, 'revision'),
    expiresAt: wholeOf(fields, 'expiresAt'),
    priceCap: rate(amountOf(fields, 'priceCapMicroEuroPerKwh')),
    periods: listOf(fields, 'periods', (period) => ({
      period: deliveryPeriod(wholeOf(period, 'deliveryPeriod')),
      disposition: choiceOf(period, 'disposition', DISPOSITIONS),
      minPower: signedW(amountOf(period, 'minPowerW')),
      maxPower: signedW(amountOf(period, 'maxPowerW')),
    })),
  })
}

/**
 * The rules that a request can be held to by itself; it is returned with its periods ascending. Throws
 * `flex-request-bounds-crossed` (minPower above maxPower), `flex-request-without-direction` (a requested period with power
 * both ways or none), `flex-request-room-invalid` (an available period that leaves no room to keep to the baseline),
 * `flex-request-without-requested-period`, `flex-request-invalid`, and the codes of `requirePeriods`.
 */
export function requireFlexRequest(request: FlexRequest): FlexRequest {
  const { revision, priceCap } = request
  if (!Number.isSafeInteger(revision) || revision < 0) throw invalid(`${revision} is no revision`, { revision })
  if (priceCap < 0n || priceCap > HIGHEST_CAP) {
    throw invalid(`a cap of ${priceCap} micro-euro per kWh is outside 0 to ${HIGHEST_CAP}`, { priceCap })
  }
  const periods = requirePeriods(request.periods)
  periods.forEach(requireBounds)
  if (periods.every(({ disposition }) => disposition === 'available')) {
    throw new DomainError('flex-request-without-requested-period', 'a request asks for power in at least one period')
  }
  return { ...request, periods }
}

/** What is needed in the period: the bound that is farther from the baseline; null in an available period. */
export function needOf({ disposition, minPower, maxPower }: Omit<RequestedPeriod, 'period'>): FlexNeed | null {
  if (disposition === 'available') return null
  const farther = minPower < 0n ? minPower : maxPower
  const direction = directionOf(farther)
  return direction === null ? null : { direction, power: powerW(farther < 0n ? -farther : farther) }
}

export function firstRequestedOf({ periods }: Pick<FlexRequest, 'periods'>): DeliveryPeriod {
  return periods.find(({ disposition }) => disposition === 'requested')!.period
}

/**
 * The rules of a request that depend on its product, the request before it and the time. Throws `flex-product-unknown`,
 * `flex-request-wrong-direction`, `flex-request-superseded` where its revision is not above the one before, and
 * `flex-expiry-out-of-bounds` where it is over already, or offers could come too late to be activated.
 */
export function requireRequestable(
  request: FlexRequest,
  context: {
    readonly product: FlexProduct
    /** Of the request that it replaces; null where it is the first. */
    readonly lastRevision: number | null
    readonly now: number
  },
): void {
  const { product, lastRevision, now } = context
  if (request.product !== product.id) {
    throw new DomainError('flex-product-unknown', `the request is for ${request.product}, and not for ${product.id}`)
  }
  const other = request.periods.find((period) => (needOf(period)?.direction ?? product.direction) !== product.direction)
  if (other !== undefined) {
    throw new DomainError(
      'flex-request-wrong-direction',
      `${product.id} is to ${product.direction}, and period ${other.period} asks for the opposite`,
      { period: other.period, direction: product.direction },
    )
  }
  if (lastRevision !== null && request.revision <= lastRevision) {
    throw new DomainError(
      'flex-request-superseded',
      `revision ${request.revision} does not follow revision ${lastRevision} of the same request`,
      { revision: request.revision, lastRevision },
    )
  }
  requireExpiry(request.expiresAt, startOf(firstRequestedOf(request)) - product.activationLeadSeconds, now)
}

/** Throws `flex-expiry-out-of-bounds` unless the time is after now and no later than the latest; all unix seconds. */
export function requireExpiry(expiresAt: number, latest: number, now: number): void {
  if (expiresAt > now && expiresAt <= latest) return
  throw new DomainError(
    'flex-expiry-out-of-bounds',
    `it would expire at ${expiresAt}: give a time after ${now} and no later than ${latest} (unix seconds)`,
    { expiresAt, now, latest },
  )
}

function requireBounds({ period, disposition, minPower, maxPower }: RequestedPeriod): void {
  const details = { period, minPower, maxPower }
  if (minPower > maxPower) {
    throw new DomainError('flex-request-bounds-crossed', `in period ${period} minPower is above maxPower`, details)
  }
  const isTwoWay = minPower < 0n && maxPower > 0n
  const isNoWay = minPower === 0n && maxPower === 0n
  if (disposition === 'requested' && (isTwoWay || isNoWay)) {
    throw new DomainError(
      'flex-request-without-direction',
      `in period ${period} power is requested ${isTwoWay ? 'both ways' : 'neither way'}: give one direction`,
      details,
    )
  }
  if (disposition === 'available' && (minPower > 0n || maxPower < 0n)) {
    throw new DomainError(
      'flex-request-room-invalid',
      `in period ${period} there is no room to keep to the baseline: available power is from 0 or less to 0 or more`,
      details,
    )
  }
}

function invalid(message: string, details: Readonly<Record<string, unknown>>): DomainError {
  return new DomainError('flex-request-invalid', message, details)
}
