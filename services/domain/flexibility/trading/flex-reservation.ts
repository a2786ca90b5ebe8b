import { DomainError } from '../../errors.ts'
import {
  deliveryPeriod,
  money,
  powerW,
  rate,
  startOf,
  type DeliveryPeriod,
  type Money,
  type PowerW,
  type Rate,
} from '../../units.ts'
import { parseEntityAddress, type EntityAddress } from './entity-address.ts'
import { requirePeriods } from './flex-periods.ts'
import { amountOf, fieldsOf, listOf, textOf, wholeOf } from './message-fields.ts'
import type { FlexProduct } from './product.ts'

/** Power that stands ready from the first period to the last one, inclusive. */
export type ReservedWindow = {
  readonly firstPeriod: DeliveryPeriod
  readonly lastPeriod: DeliveryPeriod
  readonly power: PowerW
}

/** An availability contract: power in the product's direction that a portfolio reserves for a DSO. */
export type FlexReservation = {
  readonly contract: string
  readonly congestionPoint: EntityAddress
  readonly product: string
  readonly portfolio: string
  /** Micro-euro per kW and period. */
  readonly availabilityPrice: Money
  /** Micro-euro per kWh that is ordered directly, without an offer. */
  readonly utilisationPrice: Rate
  /** Seconds before a period until which it may be released. */
  readonly releaseLeadSeconds: number
  /** Ascending, and apart from one another. */
  readonly windows: readonly ReservedWindow[]
}

/** The DSO says what stays reserved (UFTP's FlexReservationUpdate); periods that are not named stay as they are. */
export type ReservationRelease = {
  readonly contract: string
  /** The DSO's own number of the release. */
  readonly reference: string
  /** Unix seconds. */
  readonly releasedAt: number
  readonly periods: readonly { readonly period: DeliveryPeriod; readonly power: PowerW }[]
}

/** Throws what its parts do; `requireFlexReservation` holds it to its product. */
export function parseFlexReservation(input: unknown): FlexReservation {
  const fields = fieldsOf(input, 'an availability contract')
  return {
    contract: textOf(fields, 'contract'),
    congestionPoint: parseEntityAddress(textOf(fields, 'congestionPoint')),
    product: textOf(fields, 'product'),
    portfolio: textOf(fields, 'portfolio'),
    availabilityPrice: money(amountOf(fields, 'availabilityPriceMicroEuroPerKwAndPeriod')),
    utilisationPrice: rate(amountOf(fields, 'utilisationPriceMicroEuroPerKwh')),
    releaseLeadSeconds: wholeOf(fields, 'releaseLeadSeconds'),
    windows: listOf(fields, 'windows', (window) => ({
      firstPeriod: deliveryPeriod(wholeOf(window, 'firstPeriod')),
      lastPeriod: deliveryPeriod(wholeOf(window, 'lastPeriod')),
      power: powerW(amountOf(window, 'powerW')),
    })),
  }
}

/** Throws `flex-message-malformed`, `period-out-of-range`, `power-out-of-range` and the codes of `requirePeriods`. */
export function parseReservationRelease(input: unknown): ReservationRelease {
  const fields = fieldsOf(input, 'a release of a reservation')
  return {
    contract: textOf(fields, 'contract'),
    reference: textOf(fields, 'reference'),
    releasedAt: wholeOf(fields, 'releasedAt'),
    periods: requirePeriods(
      listOf(fields, 'periods', (period) => ({
        period: deliveryPeriod(wholeOf(period, 'deliveryPeriod')),
        power: powerW(amountOf(period, 'powerW')),
      })),
    ),
  }
}

/** Throws `flex-product-unknown`, or `flex-reservation-invalid` for windows that overlap, power too small, or prices above the product's. */
export function requireFlexReservation(reservation: FlexReservation, product: FlexProduct): void {
  if (reservation.product !== product.id) {
    throw new DomainError(
      'flex-product-unknown',
      `the contract is for ${reservation.product}, and not for ${product.id}`,
    )
  }
  const { availabilityPrice, utilisationPrice, releaseLeadSeconds, windows } = reservation
  if (availabilityPrice < 0n || availabilityPrice > product.availabilityPrice) {
    throw invalid(`an availability price of ${availabilityPrice} is outside 0 to ${product.availabilityPrice}`)
  }
  if (utilisationPrice < 0n || utilisationPrice > product.utilisationPrice) {
    throw invalid(`a utilisation price of ${utilisationPrice} is outside 0 to ${product.utilisationPrice}`)
  }
  if (!Number.isSafeInteger(releaseLeadSeconds) || releaseLeadSeconds < 0) {
    throw invalid(`${releaseLeadSeconds} s are no time before a period`)
  }
  if (windows.length === 0) throw invalid('nothing is reserved')
  let last = -1
  for (const { firstPeriod, lastPeriod, power } of windows) {
    if (firstPeriod <= last || lastPeriod < firstPeriod)
      throw invalid(`window ${firstPeriod} is not after the one before it`)
    if (power < product.minimumSize) throw invalid(`${power} W are below the product's ${product.minimumSize} W`)
    last = lastPeriod
  }
}

/**
 * What is reserved in the period after the releases, which can only ever lessen it. A release that a later one contradicts
 * counts all the same: the least power that was left counts.
 */
export function reservedPowerAt(
  { windows }: Pick<FlexReservation, 'windows'>,
  releases: readonly ReservationRelease[],
  period: DeliveryPeriod,
): PowerW {
  const window = windows.find(({ firstPeriod, lastPeriod }) => firstPeriod <= period && period <= lastPeriod)
  return releases
    .flatMap(({ periods }) => periods.filter((released) => released.period === period))
    .reduce((least, { power }) => (power < least ? power : least), window?.power ?? powerW(0n))
}

/**
 * Throws `flex-contract-unknown`, `flex-release-outside-reservation` where nothing is reserved, `flex-release-raises` where
 * more would be reserved than before, and `flex-release-too-late`.
 */
export function requireRelease(
  release: ReservationRelease,
  reservation: FlexReservation,
  earlier: readonly ReservationRelease[],
): void {
  if (release.contract !== reservation.contract) {
    throw new DomainError('flex-contract-unknown', `the release is of contract ${release.contract}`)
  }
  for (const { period, power } of release.periods) {
    const details = { period, power }
    if (reservedPowerAt(reservation, [], period) === 0n) {
      throw new DomainError('flex-release-outside-reservation', `nothing is reserved in period ${period}`, details)
    }
    const reserved = reservedPowerAt(reservation, earlier, period)
    if (power > reserved) {
      throw new DomainError(
        'flex-release-raises',
        `${reserved} W are reserved in period ${period}: leave no more`,
        details,
      )
    }
    const latest = startOf(period) - reservation.releaseLeadSeconds
    if (release.releasedAt > latest) {
      throw new DomainError('flex-release-too-late', `period ${period} could be released until ${latest}`, details)
    }
  }
}

function invalid(reason: string): DomainError {
  return new DomainError('flex-reservation-invalid', reason)
}
