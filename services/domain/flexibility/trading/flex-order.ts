import { DomainError } from '../../errors.ts'
import { deliveryPeriod, energyOver, signedW, startOf, type Money } from '../../units.ts'
import { powerIn } from '../flex-direction.ts'
import type { OrderedFlexibility } from '../settlement/order-settlement.ts'
import { activationFactor, powerAt, priceAt, type ActivationFactor } from './activation-factor.ts'
import { flexPrice } from './flex-price.ts'
import { optionOf, type FlexOffer, type FlexOption, type FlexPower } from './flex-offer.ts'
import { requirePeriods } from './flex-periods.ts'
import { amountOf, fieldsOf, listOf, optionalTextOf, textOf, wholeOf } from './message-fields.ts'
import { parseMessageId } from './message-identity.ts'
import type { FlexProduct } from './product.ts'

/** A DSO's acceptance of one option of an offer, in whole or in part. It binds both. */
export type FlexOrder = {
  readonly id: string
  /** Null where a contracted reserve is activated directly. */
  readonly offer: string | null
  /** The availability contract under which it is; null where there is none. */
  readonly contract: string | null
  /** Null where the offer has one option only. */
  readonly option: string | null
  /** The DSO's own number of the order, under which it is settled. */
  readonly reference: string
  readonly activationFactor: ActivationFactor
  /** For what is ordered, in micro-euro. */
  readonly price: Money
  /** The periods of the option, with the power that is ordered; ascending. */
  readonly periods: readonly FlexPower[]
}

/** Throws what its parts do, the codes of `requirePeriods`, and `flex-order-unfounded` without an offer and a contract. */
export function parseFlexOrder(input: unknown): FlexOrder {
  const fields = fieldsOf(input, 'a flex order')
  const [offer, contract] = [optionalTextOf(fields, 'offer'), optionalTextOf(fields, 'contract')]
  if (offer === null && contract === null) {
    throw new DomainError('flex-order-unfounded', 'an order is of an offer, or under an availability contract')
  }
  return {
    id: parseMessageId(textOf(fields, 'id')),
    offer: offer === null ? null : parseMessageId(offer),
    contract,
    option: optionalTextOf(fields, 'option'),
    reference: textOf(fields, 'reference'),
    activationFactor: activationFactor(wholeOf(fields, 'activationFactorHundredths')),
    price: flexPrice(amountOf(fields, 'priceMicroEuro')),
    periods: requirePeriods(
      listOf(fields, 'periods', (period) => ({
        period: deliveryPeriod(wholeOf(period, 'deliveryPeriod')),
        power: signedW(amountOf(period, 'powerW')),
      })),
    ),
  }
}

/** What an order of the option at the factor says: every period of it, with power and price scaled as `powerAt` and `priceAt` do. */
export function orderedOf(
  option: FlexOption,
  factor: ActivationFactor,
): Pick<FlexOrder, 'activationFactor' | 'price' | 'periods'> {
  return {
    activationFactor: factor,
    price: priceAt(factor, option.price),
    periods: option.periods.map(({ period, power }) => ({ period, power: powerAt(factor, power) })),
  }
}

/** Throws `flex-offer-unknown`, `flex-contract-unknown`, `flex-option-unknown`, and what `requireOption` does. */
export function requireOrderMatches(order: FlexOrder, offer: FlexOffer): void {
  if (order.offer !== offer.id) {
    throw new DomainError('flex-offer-unknown', `the order is of offer ${order.offer}, and not of ${offer.id}`)
  }
  if (order.contract !== offer.contract) {
    throw new DomainError('flex-contract-unknown', `the offer is under contract ${offer.contract}`, {
      contract: order.contract,
    })
  }
  requireOption(order, optionOf(offer, order.option))
}

/**
 * The rules by which an order has to agree with the option that it takes. Throws `flex-order-factor-too-low`,
 * `flex-order-periods-differ`, `flex-order-power-differs` and `flex-order-price-differs`.
 */
export function requireOption(order: FlexOrder, option: FlexOption): void {
  if (order.activationFactor < option.minActivationFactor) {
    throw new DomainError(
      'flex-order-factor-too-low',
      `${order.activationFactor} hundredths are ordered, and ${option.minActivationFactor} are the least of the option`,
      { activationFactor: order.activationFactor, minActivationFactor: option.minActivationFactor },
    )
  }
  const expected = orderedOf(option, order.activationFactor)
  const periodsOf = (powers: readonly FlexPower[]) => powers.map(({ period }) => period).join()
  if (periodsOf(order.periods) !== periodsOf(expected.periods)) {
    throw new DomainError('flex-order-periods-differ', 'an order has exactly the periods of the option')
  }
  for (const [index, { period, power }] of expected.periods.entries()) {
    if (order.periods[index]!.power === power) continue
    throw new DomainError(
      'flex-order-power-differs',
      `at this factor the order of period ${period} is for ${power} W`,
      {
        period,
        expected: power,
        power: order.periods[index]!.power,
      },
    )
  }
  if (order.price !== expected.price) {
    throw new DomainError('flex-order-price-differs', `at this factor the order costs ${expected.price} micro-euro`, {
      expected: expected.price,
      price: order.price,
    })
  }
}

/**
 * Throws `flex-offer-expired`, `flex-order-too-late` where the product's lead time before the first period has begun, and
 * `flex-order-below-minimum` where a part of a period is too small; `now` in unix seconds.
 */
export function requireOrderable(
  order: FlexOrder,
  context: { readonly offer: FlexOffer; readonly product: FlexProduct; readonly now: number },
): void {
  const { offer, product, now } = context
  if (now >= offer.expiresAt) {
    throw new DomainError('flex-offer-expired', `the offer stood until ${offer.expiresAt}, and it is ${now}`, {
      expiresAt: offer.expiresAt,
      now,
    })
  }
  const along = order.periods.filter(({ power }) => powerIn(product.direction, power) > 0n)
  const latest = startOf((along[0] ?? order.periods[0]!).period) - product.activationLeadSeconds
  if (now > latest) {
    throw new DomainError('flex-order-too-late', `the order had to be there at ${latest}, and it is ${now}`, {
      latest,
      now,
    })
  }
  const small = along.find(({ power }) => powerIn(product.direction, power) < product.minimumSize)
  if (small !== undefined) {
    throw new DomainError(
      'flex-order-below-minimum',
      `${small.power} W are ordered in period ${small.period}, and ${product.minimumSize} W are the least`,
      { period: small.period, power: small.power, minimumSize: product.minimumSize },
    )
  }
}

/**
 * What the order obliges to and how it is settled: the energy of every period with power in the product's direction,
 * rounded down to the Wh. Power in the other direction is announced rebound: a permission, and not an obligation.
 */
export function obligationOf(
  order: FlexOrder,
  product: Pick<FlexProduct, 'direction' | 'penalty'>,
): OrderedFlexibility {
  const periods = order.periods
    .map(({ period, power }) => ({ period, ordered: energyOver(powerIn(product.direction, power)) }))
    .filter(({ ordered }) => ordered > 0n)
  return { price: order.price, penalty: product.penalty, periods }
}
