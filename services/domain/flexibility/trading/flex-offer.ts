import { DomainError } from '../../errors.ts'
import { deliveryPeriod, signedW, type DeliveryPeriod, type Money, type SignedW } from '../../units.ts'
import { activationFactor, type ActivationFactor } from './activation-factor.ts'
import { parseEntityAddress, type EntityAddress } from './entity-address.ts'
import { requirePeriods } from './flex-periods.ts'
import { flexPrice } from './flex-price.ts'
import { amountOf, fieldsOf, listOf, optionalTextOf, textOf, wholeOf } from './message-fields.ts'
import { parseMessageId } from './message-identity.ts'

/** A deviation from the baseline; positive is more consumption. */
export type FlexPower = { readonly period: DeliveryPeriod; readonly power: SignedW }

/** One way in which an offer may be taken; of several at most one is. */
export type FlexOption = {
  readonly reference: string
  /** For all of it, in micro-euro, never negative. */
  readonly price: Money
  /** The smallest part of it that may be ordered. */
  readonly minActivationFactor: ActivationFactor
  /** Ascending. */
  readonly periods: readonly FlexPower[]
}

/** An aggregator's answer to a flex request. */
export type FlexOffer = {
  readonly id: string
  /** Id of the request; null where nobody asked. */
  readonly request: string | null
  readonly congestionPoint: EntityAddress
  /** The availability contract under which it is made; null where there is none. */
  readonly contract: string | null
  readonly portfolio: string
  /** Unix seconds until which it may be ordered. */
  readonly expiresAt: number
  readonly options: readonly FlexOption[]
}

const MOST_OPTIONS = 10

/** The offer, believed from here on but for its context. Throws what its parts do, and what `requireFlexOffer` does. */
export function parseFlexOffer(input: unknown): FlexOffer {
  const fields = fieldsOf(input, 'a flex offer')
  const request = optionalTextOf(fields, 'request')
  return requireFlexOffer({
    id: parseMessageId(textOf(fields, 'id')),
    request: request === null ? null : parseMessageId(request),
    congestionPoint: parseEntityAddress(textOf(fields, 'congestionPoint')),
    contract: optionalTextOf(fields, 'contract'),
    portfolio: textOf(fields, 'portfolio'),
    expiresAt: wholeOf(fields, 'expiresAt'),
    options: listOf(fields, 'options', (option) => ({
      reference: textOf(option, 'reference'),
      price: flexPrice(amountOf(option, 'priceMicroEuro')),
      minActivationFactor: activationFactor(wholeOf(option, 'minActivationFactorHundredths')),
      periods: listOf(option, 'periods', (period) => ({
        period: deliveryPeriod(wholeOf(period, 'deliveryPeriod')),
        power: signedW(amountOf(period, 'powerW')),
      })),
    })),
  })
}

/**
 * The rules that an offer can be held to by itself; it is returned with periods ascending. Throws `flex-offer-options-invalid`
 * for no option, more than ten or two of one reference, and the codes of `requirePeriods`.
 */
export function requireFlexOffer(offer: FlexOffer): FlexOffer {
  const references = new Set(offer.options.map(({ reference }) => reference))
  if (offer.options.length === 0 || offer.options.length > MOST_OPTIONS || references.size !== offer.options.length) {
    throw new DomainError(
      'flex-offer-options-invalid',
      `an offer has 1 to ${MOST_OPTIONS} options, each with a reference of its own`,
      { options: offer.options.length, references: references.size },
    )
  }
  return { ...offer, options: offer.options.map((option) => ({ ...option, periods: requirePeriods(option.periods) })) }
}

/** Throws `flex-option-unknown`; an option need not be named where there is one only. */
export function optionOf({ id, options }: Pick<FlexOffer, 'id' | 'options'>, reference: string | null): FlexOption {
  const found =
    reference === null && options.length === 1 ? options[0] : options.find((one) => one.reference === reference)
  if (found !== undefined) return found
  throw new DomainError('flex-option-unknown', `offer ${id} has no option "${reference}"`, {
    reference,
    options: options.map((option) => option.reference),
  })
}
