import { DomainError } from '../../errors.ts'
import { requireMethod, type BaselineMethod } from '../baseline/baseline-method.ts'
import type { AdjustmentRule } from '../baseline/same-day-adjustment.ts'
import { choiceOf, fieldsOf, wholeOf, type Fields } from './message-fields.ts'

const METHODS = ['nomination', 'meter-before-meter-after', '10-of-10', 'high-5-of-10', 'control-group'] as const
const ADJUSTMENTS = ['additive', 'multiplicative'] as const
/** A fallback may have a fallback, and so on so many times. */
const DEEPEST_FALLBACK = 4

/** A product's baseline method with its parameters. Throws `flex-message-malformed` or `baseline-method-invalid`. */
export function parseBaselineMethod(input: unknown, depth: number = DEEPEST_FALLBACK): BaselineMethod {
  const method = methodOf(fieldsOf(input, 'a baseline method'), depth)
  requireMethod(method)
  return method
}

function methodOf(fields: Fields, depth: number): BaselineMethod {
  const name = choiceOf(fields, 'name', METHODS)
  const whole = (parameter: string) => wholeOf(fields, parameter)
  switch (name) {
    case 'nomination':
      return { name, gateClosureLeadSeconds: whole('gateClosureLeadSeconds') }
    case 'meter-before-meter-after':
      return { name, periodsBefore: whole('periodsBefore'), periodsAfter: whole('periodsAfter') }
    case '10-of-10':
    case 'high-5-of-10':
      return {
        ...{ name, lookBackDays: whole('lookBackDays'), fallback: fallbackOf(fields, depth) },
        adjustment: adjustmentOf(fields),
      }
    case 'control-group':
      return {
        ...{ name, days: whole('days'), lookBackDays: whole('lookBackDays') },
        ...{ fewestMembers: whole('fewestMembers'), fallback: fallbackOf(fields, depth) },
      }
  }
}

function fallbackOf({ fallback }: Fields, depth: number): BaselineMethod | null {
  if (fallback === null || fallback === undefined) return null
  if (depth === 0)
    throw new DomainError('baseline-method-invalid', `more than ${DEEPEST_FALLBACK} fallbacks are too many`)
  return parseBaselineMethod(fallback, depth - 1)
}

function adjustmentOf(fields: Fields): AdjustmentRule | null {
  if (fields.adjustment === null || fields.adjustment === undefined) return null
  const adjustment = fieldsOf(fields.adjustment, 'an adjustment')
  return {
    kind: choiceOf(adjustment, 'kind', ADJUSTMENTS),
    capPercent: wholeOf(adjustment, 'capPercent'),
    windowPeriods: wholeOf(adjustment, 'windowPeriods'),
    gapPeriods: wholeOf(adjustment, 'gapPeriods'),
  }
}
