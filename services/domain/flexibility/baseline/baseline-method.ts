import { DomainError } from '../../errors.ts'
import type { ControlGroupRule } from './control-group.ts'
import type { MeterBeforeMeterAfterRule } from './meter-before-meter-after.ts'
import type { NominationRule } from './nomination.ts'
import type { AdjustmentRule } from './same-day-adjustment.ts'
import type { SimilarDaysRule } from './similar-days.ts'

/** What a product may allow instead where too few days are eligible, or too few members of a control group. */
type WithFallback = { readonly fallback: BaselineMethod | null }

/** How a product finds its baseline: a method and its parameters. */
export type BaselineMethod =
  NominationRule | MeterBeforeMeterAfterRule | (SimilarDaysRule & WithFallback) | (ControlGroupRule & WithFallback)

export type BaselineMethodName = BaselineMethod['name']

/** Names the formula. It is counted up by every change after which the same input gives another baseline. */
export type BaselineVersion = `${BaselineMethodName}/${number}`

const VERSIONS: Readonly<Record<BaselineMethodName, number>> = {
  nomination: 1,
  'meter-before-meter-after': 1,
  '10-of-10': 1,
  'high-5-of-10': 1,
  'control-group': 1,
}

const MOST_LOOK_BACK_DAYS = 366
const MOST_WINDOW_PERIODS = 96
const MOST_CAP_PERCENT = 100

export function baselineVersionOf({ name }: BaselineMethod): BaselineVersion {
  return `${name}/${VERSIONS[name]}`
}

/** The method that is asked when this one has too few days or members; null where the product has none. */
export function fallbackOf(method: BaselineMethod): BaselineMethod | null {
  return 'fallback' in method ? method.fallback : null
}

/** Throws `baseline-method-invalid` where a parameter is not a whole number within its bounds. */
export function requireMethod(method: BaselineMethod): void {
  for (const [parameter, value, least, most] of boundsOf(method)) {
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new DomainError(
      'baseline-method-invalid',
      `${parameter} of ${method.name} is ${value}: give a whole number from ${least} to ${most}`,
      { method: method.name, parameter, value, least, most },
    )
  }
}

type Bounds = readonly [parameter: string, value: number, least: number, most: number]

function boundsOf(method: BaselineMethod): readonly Bounds[] {
  switch (method.name) {
    case 'nomination':
      return [['gateClosureLeadSeconds', method.gateClosureLeadSeconds, 0, 7 * 86_400]]
    case 'meter-before-meter-after':
      return [
        ['periodsBefore', method.periodsBefore, 0, MOST_WINDOW_PERIODS],
        ['periodsAfter', method.periodsAfter, 0, MOST_WINDOW_PERIODS],
        ['periodsBefore + periodsAfter', method.periodsBefore + method.periodsAfter, 1, 2 * MOST_WINDOW_PERIODS],
      ]
    case '10-of-10':
    case 'high-5-of-10':
      return [lookBackOf(method), ...adjustmentBoundsOf(method.adjustment)]
    case 'control-group':
      return [
        lookBackOf(method),
        ['days', method.days, 1, MOST_LOOK_BACK_DAYS],
        ['fewestMembers', method.fewestMembers, 1, Number.MAX_SAFE_INTEGER],
      ]
  }
}

function lookBackOf({ lookBackDays }: { readonly lookBackDays: number }): Bounds {
  return ['lookBackDays', lookBackDays, 1, MOST_LOOK_BACK_DAYS]
}

function adjustmentBoundsOf(adjustment: AdjustmentRule | null): readonly Bounds[] {
  if (adjustment === null) return []
  return [
    ['adjustment.capPercent', adjustment.capPercent, 0, MOST_CAP_PERCENT],
    ['adjustment.windowPeriods', adjustment.windowPeriods, 1, MOST_WINDOW_PERIODS],
    ['adjustment.gapPeriods', adjustment.gapPeriods, 0, MOST_WINDOW_PERIODS],
  ]
}
