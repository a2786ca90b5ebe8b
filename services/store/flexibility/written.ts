import { parseBaselineMethod } from '../../domain/flexibility/trading/baseline-terms.ts'
import type { BaselineMethod } from '../../domain/flexibility/baseline/baseline-method.ts'
import { requirePenaltyRule, type PenaltyRule } from '../../domain/flexibility/settlement/penalty-rule.ts'
import { activationFactor } from '../../domain/flexibility/trading/activation-factor.ts'
import type { FlexOption, FlexPower } from '../../domain/flexibility/trading/flex-offer.ts'
import { flexPrice } from '../../domain/flexibility/trading/flex-price.ts'
import type { RequestedPeriod } from '../../domain/flexibility/trading/flex-request.ts'
import type { ReservedWindow } from '../../domain/flexibility/trading/flex-reservation.ts'
import { deliveryPeriod, powerW, rate, signedW, type DeliveryPeriod, type PowerW } from '../../domain/units.ts'

/** What columns of JSON hold: the rules' own words, amounts as decimal strings. */
type Amounts<Value> = {
  readonly [Name in keyof Value]: Value[Name] extends bigint
    ? string
    : Value[Name] extends number
      ? number
      : Value[Name]
}
type WrittenOption = { readonly price: string; readonly minActivationFactor: number; readonly periods: unknown }

export function baselineOfJson(json: unknown): BaselineMethod {
  return parseBaselineMethod(json)
}

export function penaltyOfJson(json: unknown): PenaltyRule {
  const bands = json as readonly { readonly abovePermille: number; readonly price: string }[]
  return requirePenaltyRule(bands.map(({ abovePermille, price }) => ({ abovePermille, price: rate(BigInt(price)) })))
}

export function requestedPeriodsOfJson(json: unknown): RequestedPeriod[] {
  return (json as readonly Amounts<RequestedPeriod>[]).map(({ period, disposition, minPower, maxPower }) => ({
    period: deliveryPeriod(period),
    disposition,
    minPower: signedW(BigInt(minPower)),
    maxPower: signedW(BigInt(maxPower)),
  }))
}

export function flexPowersOfJson(json: unknown): FlexPower[] {
  return (json as readonly Amounts<FlexPower>[]).map(({ period, power }) => ({
    period: deliveryPeriod(period),
    power: signedW(BigInt(power)),
  }))
}

/** Options without their references, which are their places. */
export function optionsOfJson(json: unknown): Omit<FlexOption, 'reference'>[] {
  return (json as readonly WrittenOption[]).map(({ price, minActivationFactor, periods }) => ({
    price: flexPrice(BigInt(price)),
    minActivationFactor: activationFactor(minActivationFactor),
    periods: flexPowersOfJson(periods),
  }))
}

export function windowsOfJson(json: unknown): ReservedWindow[] {
  return (json as readonly Amounts<ReservedWindow>[]).map(({ firstPeriod, lastPeriod, power }) => ({
    firstPeriod: deliveryPeriod(firstPeriod),
    lastPeriod: deliveryPeriod(lastPeriod),
    power: powerW(BigInt(power)),
  }))
}

export function reservedPowersOfJson(json: unknown): { readonly period: DeliveryPeriod; readonly power: PowerW }[] {
  return (json as readonly { readonly period: number; readonly power: string }[]).map(({ period, power }) => ({
    period: deliveryPeriod(period),
    power: powerW(BigInt(power)),
  }))
}

/** A value for a column of JSON. */
export function jsonColumnOf(value: unknown): object {
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
  return JSON.parse(text) as object
}

/** A decimal of the database without places behind the point. */
export function wholeOf(decimal: { toFixed(places: number): string }): bigint {
  return BigInt(decimal.toFixed(0))
}
