import type { DeliveryPeriod } from '../../units.ts'
import { activatedDaysOf, localDaysOf, totalOf, type ActivatedDay, type BaselineCase } from './baseline-case.ts'
import { eligibleDaysOf, requireDays, type EligibleDay, type PassedOverDay } from './eligible-days.ts'
import { fraction, type Fraction } from './fraction.ts'
import { dayTypeOf, type DayType, type LocalDay } from './local-calendar.ts'
import {
  adjustedBy,
  adjustmentOf,
  adjustmentWindowOf,
  type Adjustment,
  type AdjustmentRule,
  type AdjustmentWindow,
} from './same-day-adjustment.ts'

/** Of the latest `of` eligible days the `high` with the most use in the activated quarter-hours count. */
export type DayChoice = { readonly high: number; readonly of: number }

export type SimilarDaysName = '10-of-10' | 'high-5-of-10'

export const DAY_CHOICES: Readonly<Record<SimilarDaysName, Readonly<Record<DayType, DayChoice>>>> = {
  '10-of-10': { 'working-day': { high: 10, of: 10 }, 'day-off': { high: 10, of: 10 } },
  'high-5-of-10': { 'working-day': { high: 5, of: 10 }, 'day-off': { high: 3, of: 5 } },
}

export type SimilarDaysRule = {
  readonly name: SimilarDaysName
  /** How many calendar days back are looked at. */
  readonly lookBackDays: number
  readonly adjustment: AdjustmentRule | null
}

/** How the baseline of one local day of an activation came about. */
export type SimilarDaysEvidence = {
  readonly day: LocalDay
  readonly periods: readonly DeliveryPeriod[]
  /** Ascending. */
  readonly daysUsed: readonly LocalDay[]
  readonly daysPassedOver: readonly PassedOverDay[]
  readonly adjustment: Adjustment
}

/** The use that a method finds for a period, before and after an adjustment; not rounded. */
export type PeriodUse = {
  readonly period: DeliveryPeriod
  readonly unadjusted: Fraction
  readonly adjusted: Fraction
}

/** What is compared: the activated quarter-hours, and after them those of the adjustment window. */
type Comparison = ActivatedDay & { readonly window: AdjustmentWindow | Exclude<Adjustment, { status: 'adjusted' }> }

/**
 * In each activated quarter-hour the mean use of the chosen days, then adjusted. Of days with the same use the later one
 * counts as the higher. Source: J. Bode, A. Ciccone, California ISO Baseline Accuracy Assessment (2017), appendix C.
 * Throws `baseline-too-few-days`.
 */
export function similarDaysUseOf(
  rule: SimilarDaysRule,
  activation: BaselineCase,
): { readonly uses: readonly PeriodUse[]; readonly evidence: readonly SimilarDaysEvidence[] } {
  const { calendar, activations, activated } = activation
  const activatedDays = localDaysOf(calendar, [...activations, ...activated])
  const days = activatedDaysOf(activation).map((day) => {
    const comparison = { ...day, window: windowOf(rule, activation, day) }
    return dayUseOf(rule, activation, comparison, activatedDays)
  })
  return { uses: days.flatMap(({ uses }) => uses), evidence: days.map(({ evidence }) => evidence) }
}

function dayUseOf(
  rule: SimilarDaysRule,
  activation: BaselineCase,
  { day, periods, quarters, window }: Comparison,
  activatedDays: ReadonlySet<LocalDay>,
): { readonly uses: readonly PeriodUse[]; readonly evidence: SimilarDaysEvidence } {
  const { calendar, direction, flows } = activation
  const choice = DAY_CHOICES[rule.name][dayTypeOf(calendar, day)]
  const compared = 'use' in window ? [...quarters, ...window.quarters] : quarters
  const { lookBackDays } = rule
  const search = { calendar, direction, flows, day, activatedDays, lookBackDays, quarters: compared }
  const { eligible, passedOver } = requireDays(search, eligibleDaysOf(search, choice.of), choice.of)
  const chosen = highestOf(eligible, quarters.length, choice.high)
  const unadjusted = quarters.map((_, index) => meanOf(chosen.map(({ uses }) => uses[index]!)))
  const adjustment = adjustmentOn(rule, window, chosen, unadjusted)
  return {
    uses: periods.map((period, index) => ({
      period,
      unadjusted: unadjusted[index]!,
      adjusted: adjustedBy(adjustment, unadjusted[index]!),
    })),
    evidence: {
      ...{ day, periods, adjustment },
      daysUsed: chosen.map((one) => one.day).sort(),
      daysPassedOver: passedOver,
    },
  }
}

function windowOf({ adjustment }: SimilarDaysRule, activation: BaselineCase, day: ActivatedDay): Comparison['window'] {
  return adjustment === null ? { status: 'none' } : adjustmentWindowOf(adjustment, activation, day)
}

function adjustmentOn(
  { adjustment }: SimilarDaysRule,
  window: Comparison['window'],
  chosen: readonly EligibleDay[],
  unadjusted: readonly Fraction[],
): Adjustment {
  if (adjustment === null || !('use' in window)) return 'use' in window ? { status: 'none' } : window
  const expected = meanOf(chosen.map(({ uses }) => totalOf(uses.slice(unadjusted.length))))
  return adjustmentOf(adjustment, window, expected, unadjusted)
}

/** The days with the most use in the first `length` quarter-hours; they come with the latest first. */
function highestOf(days: readonly EligibleDay[], length: number, count: number): EligibleDay[] {
  const totals = new Map(days.map((day) => [day, totalOf(day.uses.slice(0, length))]))
  return [...days].sort((one, other) => compare(totals.get(other)!, totals.get(one)!)).slice(0, count)
}

function compare(one: bigint, other: bigint): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function meanOf(values: readonly bigint[]): Fraction {
  return fraction(totalOf(values), BigInt(values.length))
}
