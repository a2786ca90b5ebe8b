import { DomainError } from '../../errors.ts'
import { money, powerW, rate, SECONDS_PER_PERIOD, type Money, type PowerW, type Rate } from '../../units.ts'
import { requireMethod, type BaselineMethod } from '../baseline/baseline-method.ts'
import { FLEX_DIRECTIONS, type FlexDirection } from '../flex-direction.ts'
import { requirePenaltyRule, type PenaltyRule } from '../settlement/penalty-rule.ts'
import { parseBaselineMethod } from './baseline-terms.ts'
import { amountOf, choiceOf, fieldsOf, listOf, textOf, wholeOf } from './message-fields.ts'

/** What for flexibility is bought. */
export const PURPOSES = ['power', 'voltage', 'transfer-capacity', 'energy'] as const
/** At which level of the grid it helps, from the smallest to the largest. */
export const LEVELS = ['household', 'microgrid', 'cell', 'region', 'system'] as const

/** A flexibility product: all that distinguishes one from another are these parameters. */
export type FlexProduct = {
  readonly id: string
  readonly purpose: (typeof PURPOSES)[number]
  readonly level: (typeof LEVELS)[number]
  readonly direction: FlexDirection
  /** Seconds before the first period at which an order has to be there. */
  readonly activationLeadSeconds: number
  /** For how long an activation lasts at most, and how long an asset rests afterwards at least. */
  readonly longestActivationSeconds: number
  readonly recoverySeconds: number
  /** Of what is offered or ordered in a period. */
  readonly minimumSize: PowerW
  /** The most that is paid, in micro-euro per kW and period, for standing ready. */
  readonly availabilityPrice: Money
  /** The most that is paid, in micro-euro per kWh, under a contract that has not agreed another price. */
  readonly utilisationPrice: Rate
  /** How it is found what would have flowed without an activation. */
  readonly baseline: BaselineMethod
  /** How often delivery is measured; a delivery period is a whole number of measurements. */
  readonly resolutionSeconds: number
  readonly penalty: PenaltyRule
}

/** A period at less than this makes less than a Wh, which could not be settled. */
const SMALLEST_SIZE = 4n
const LONGEST_SECONDS = 366 * 86_400
const HIGHEST_PRICE = 100_000_000n

/** Throws `flex-message-malformed`, `power-out-of-range`, `penalty-rule-invalid`, `baseline-method-invalid` or `flex-product-invalid`. */
export function parseFlexProduct(input: unknown): FlexProduct {
  const fields = fieldsOf(input, 'a product')
  return requireFlexProduct({
    id: textOf(fields, 'id'),
    purpose: choiceOf(fields, 'purpose', PURPOSES),
    level: choiceOf(fields, 'level', LEVELS),
    direction: choiceOf(fields, 'direction', FLEX_DIRECTIONS),
    activationLeadSeconds: wholeOf(fields, 'activationLeadSeconds'),
    longestActivationSeconds: wholeOf(fields, 'longestActivationSeconds'),
    recoverySeconds: wholeOf(fields, 'recoverySeconds'),
    minimumSize: powerW(amountOf(fields, 'minimumSizeW')),
    availabilityPrice: money(amountOf(fields, 'availabilityPriceMicroEuroPerKwAndPeriod')),
    utilisationPrice: rate(amountOf(fields, 'utilisationPriceMicroEuroPerKwh')),
    baseline: parseBaselineMethod(fields.baseline),
    resolutionSeconds: wholeOf(fields, 'resolutionSeconds'),
    penalty: listOf(fields, 'penalty', (band) => ({
      abovePermille: wholeOf(band, 'abovePermille'),
      price: rate(amountOf(band, 'priceMicroEuroPerKwh')),
    })),
  })
}

/** Throws `penalty-rule-invalid`, `baseline-method-invalid`, or `flex-product-invalid`, which says which parameter and what it may be. */
export function requireFlexProduct(product: FlexProduct): FlexProduct {
  requirePenaltyRule(product.penalty)
  requireMethod(product.baseline)
  const { activationLeadSeconds, longestActivationSeconds, recoverySeconds, resolutionSeconds } = product
  requireWithin('activationLeadSeconds', activationLeadSeconds, 0, LONGEST_SECONDS)
  requireWithin('longestActivationSeconds', longestActivationSeconds, SECONDS_PER_PERIOD, LONGEST_SECONDS)
  requireWithin('recoverySeconds', recoverySeconds, 0, LONGEST_SECONDS)
  requireWithin('resolutionSeconds', resolutionSeconds, 1, SECONDS_PER_PERIOD)
  if (SECONDS_PER_PERIOD % resolutionSeconds !== 0) {
    throw invalid('resolutionSeconds', `${resolutionSeconds} does not divide the ${SECONDS_PER_PERIOD} s of a period`)
  }
  if (product.minimumSize < SMALLEST_SIZE) {
    throw invalid('minimumSize', `${product.minimumSize} W is below ${SMALLEST_SIZE} W, which make 1 Wh in a period`)
  }
  for (const name of ['availabilityPrice', 'utilisationPrice'] as const) {
    const price = product[name]
    if (price < 0n || price > HIGHEST_PRICE) throw invalid(name, `${price} is outside 0 to ${HIGHEST_PRICE} micro-euro`)
  }
  return product
}

function requireWithin(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(name, `${value} is outside ${least} to ${most}`)
}

function invalid(parameter: string, reason: string): DomainError {
  return new DomainError('flex-product-invalid', `${parameter} of a product: ${reason}`, { parameter })
}
