import { DomainError } from '../../errors.ts'
import type { DeliveryPeriod, SignedWh } from '../../units.ts'
import { flowOfUse, requireActivation, type BaselineCase } from './baseline-case.ts'
import {
  baselineVersionOf,
  fallbackOf,
  requireMethod,
  type BaselineMethod,
  type BaselineVersion,
} from './baseline-method.ts'
import { controlGroupUseOf, type ControlGroupEvidence } from './control-group.ts'
import { roundHalfEven } from './fraction.ts'
import type { LocalDay } from './local-calendar.ts'
import { meterBeforeMeterAfterUseOf, type MeterBeforeMeterAfterEvidence } from './meter-before-meter-after.ts'
import { nominatedUseOf, type NominationEvidence } from './nomination.ts'
import { similarDaysUseOf, type PeriodUse, type SimilarDaysEvidence } from './similar-days.ts'

/** What would have flowed in an activated period without the activation, positive towards the prosumer. */
export type PeriodBaseline = {
  readonly period: DeliveryPeriod
  readonly baseline: SignedWh
  /** Before the same-day adjustment; the same where there is none. */
  readonly unadjusted: SignedWh
}

/** What a baseline rests on, from which it can be computed again with the readings. */
export type BaselineEvidence =
  | { readonly kind: 'nomination'; readonly nominations: readonly NominationEvidence[] }
  | ({ readonly kind: 'meter-before-meter-after' } & MeterBeforeMeterAfterEvidence)
  | { readonly kind: 'similar-days'; readonly activatedDays: readonly SimilarDaysEvidence[] }
  | { readonly kind: 'control-group'; readonly activatedDays: readonly ControlGroupEvidence[] }

/** Why a method could not be used, so that the product's fallback was. */
export type MethodPassedOver = {
  readonly version: BaselineVersion
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
}

export type Baseline = {
  /** Of the method that was used. */
  readonly version: BaselineVersion
  /** One for each activated period, ascending. */
  readonly periods: readonly PeriodBaseline[]
  /** The local days whose readings feed it, ascending; none where the method takes none. */
  readonly daysUsed: readonly LocalDay[]
  readonly evidence: BaselineEvidence
  /** Methods that the product preferred, in their order. */
  readonly passedOver: readonly MethodPassedOver[]
}

const FALL_BACK_ON: readonly string[] = [
  'baseline-too-few-days',
  'baseline-too-few-members',
  'baseline-share-undefined',
]

/**
 * What would have flowed in each activated period, by the product's method. Exact up to the end, and then rounded to
 * the nearest Wh, halves to the even one: that favours neither who is paid for the difference nor who pays it.
 * Where the method has too few days, too few members or no share, the fallback of the product is used instead, if there is one.
 * Throws what the method throws, `baseline-method-invalid`, `activation-empty`, `period-activated-twice`,
 * `notified-too-late` and `period-outside-calendar`.
 */
export function baselineOf(method: BaselineMethod, activation: BaselineCase): Baseline {
  requireMethod(method)
  requireActivation(activation)
  const version = baselineVersionOf(method)
  const fallback = fallbackOf(method)
  try {
    const { uses, evidence, daysUsed } = usesOf(method, activation)
    const flowOf = (use: PeriodUse['adjusted']) => flowOfUse(activation.direction, roundHalfEven(use))
    const periods = uses.map(({ period, unadjusted, adjusted }) => ({
      period,
      baseline: flowOf(adjusted),
      unadjusted: flowOf(unadjusted),
    }))
    return { version, periods, daysUsed: [...new Set(daysUsed)].sort(), evidence, passedOver: [] }
  } catch (error) {
    if (fallback === null || !(error instanceof DomainError) || !FALL_BACK_ON.includes(error.code)) throw error
    const { code, details } = error
    const instead = baselineOf(fallback, activation)
    return { ...instead, passedOver: [{ version, code, details }, ...instead.passedOver] }
  }
}

type FoundUses = {
  readonly uses: readonly PeriodUse[]
  readonly evidence: BaselineEvidence
  readonly daysUsed: readonly LocalDay[]
}

function usesOf(method: BaselineMethod, activation: BaselineCase): FoundUses {
  switch (method.name) {
    case 'nomination': {
      const { uses, evidence } = nominatedUseOf(method, activation)
      return { uses, evidence: { kind: 'nomination', nominations: evidence }, daysUsed: [] }
    }
    case 'meter-before-meter-after': {
      const { uses, evidence } = meterBeforeMeterAfterUseOf(method, activation)
      return { uses, evidence: { kind: 'meter-before-meter-after', ...evidence }, daysUsed: [] }
    }
    case '10-of-10':
    case 'high-5-of-10': {
      const { uses, evidence } = similarDaysUseOf(method, activation)
      const daysUsed = evidence.flatMap((one) => one.daysUsed)
      return { uses, evidence: { kind: 'similar-days', activatedDays: evidence }, daysUsed }
    }
    case 'control-group': {
      const { uses, evidence } = controlGroupUseOf(method, activation)
      const daysUsed = evidence.flatMap((one) => one.daysUsed)
      return { uses, evidence: { kind: 'control-group', activatedDays: evidence }, daysUsed }
    }
  }
}
