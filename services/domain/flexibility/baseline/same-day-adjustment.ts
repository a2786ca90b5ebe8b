import { type DeliveryPeriod } from '../../units.ts'
import { meteredUsesOf, periodsBefore, totalOf, type ActivatedDay, type BaselineCase } from './baseline-case.ts'
import { absoluteOf, clampedTo, fraction, productOf, sumOf, type Fraction } from './fraction.ts'
import { localQuarterHourOf } from './local-calendar.ts'

/** How a product lets the day itself correct a baseline that comes from other days. */
export type AdjustmentRule = {
  /** `additive` shifts every period by as much energy, `multiplicative` scales them. */
  readonly kind: 'additive' | 'multiplicative'
  /** By how much of the unadjusted baseline of a local day the adjusted one may differ, in whole percent. */
  readonly capPercent: number
  /** How many periods are compared. */
  readonly windowPeriods: number
  /** How many periods are left out between the window and the notification. */
  readonly gapPeriods: number
}

export type UnadjustedReason =
  /** A part of the window lies on another local day than the activation. */
  | 'window-on-another-day'
  /** The asset was activated in the window. */
  | 'window-activated'
  /** A reading of the window is estimated or missing. */
  | 'window-not-metered'
  /** A factor is asked for, and there is no use or one in the other direction. */
  | 'no-ratio'

/** What the same-day adjustment did; `amount` is a factor, or a shift in Wh of use per period. */
export type Adjustment =
  | { readonly status: 'none' }
  | { readonly status: 'unadjusted'; readonly reason: UnadjustedReason; readonly window: readonly DeliveryPeriod[] }
  | {
      readonly status: 'adjusted'
      readonly kind: AdjustmentRule['kind']
      readonly window: readonly DeliveryPeriod[]
      /** What the window says. */
      readonly found: Fraction
      /** What of it the cap lets through. */
      readonly amount: Fraction
    }

/** The periods of a day before the notification that are compared with those of other days. */
export type AdjustmentWindow = {
  readonly periods: readonly DeliveryPeriod[]
  readonly quarters: readonly number[]
  /** Use in the window on the day of the activation, in Wh. */
  readonly use: bigint
}

/** The window for a day of an activation, or why there is none. */
export function adjustmentWindowOf(
  rule: AdjustmentRule,
  activation: BaselineCase,
  { day }: Pick<ActivatedDay, 'day'>,
): AdjustmentWindow | Extract<Adjustment, { status: 'unadjusted' }> {
  const { calendar, direction, flows, activations, notifiedAt } = activation
  const window = periodsBefore(notifiedAt, rule.windowPeriods, rule.gapPeriods)
  const unadjusted = (reason: UnadjustedReason) => ({ status: 'unadjusted', reason, window }) as const
  const hours = window.map((period) => localQuarterHourOf(calendar, period))
  if (hours.some((hour) => hour.day !== day)) return unadjusted('window-on-another-day')
  if (activations.some((period) => window.includes(period))) return unadjusted('window-activated')
  const uses = meteredUsesOf(direction, flows, window)
  if (uses === null) return unadjusted('window-not-metered')
  return { periods: window, quarters: hours.map(({ quarter }) => quarter), use: totalOf(uses) }
}

/**
 * What the window on the day says against the same window on the days that the baseline comes from: multiplicative
 * use / expected, additive (use - expected) / periods of the window. The cap holds for the day's baseline as a whole:
 * additive too, the shifts of all periods together are at most so many percent of their sum.
 * Source: J. Bode, A. Ciccone, California ISO Baseline Accuracy Assessment (2017), same-day adjustment.
 * @param expected Mean use in the window on those days, in Wh.
 * @param unadjusted The baseline of each activated period of the day, as use in Wh.
 */
export function adjustmentOf(
  { kind, capPercent }: AdjustmentRule,
  window: AdjustmentWindow,
  expected: Fraction,
  unadjusted: readonly Fraction[],
): Adjustment {
  const { periods, use } = window
  const cap = fraction(BigInt(capPercent), 100n)
  if (kind === 'additive') {
    const found = productOf(sumOf(fraction(use), negated(expected)), fraction(1n, BigInt(periods.length)))
    const total = unadjusted.reduce(sumOf, fraction(0n))
    const mean = fraction(absoluteOf(total.numerator), total.denominator * BigInt(unadjusted.length))
    const most = productOf(mean, cap)
    return { status: 'adjusted', kind, window: periods, found, amount: clampedTo(found, negated(most), most) }
  }
  if (expected.numerator <= 0n || unadjusted.some(({ numerator }) => numerator < 0n)) {
    return { status: 'unadjusted', reason: 'no-ratio', window: periods }
  }
  const found = fraction(use * expected.denominator, expected.numerator)
  const amount = clampedTo(found, sumOf(fraction(1n), negated(cap)), sumOf(fraction(1n), cap))
  return { status: 'adjusted', kind, window: periods, found, amount }
}

/** The use of a period after the adjustment. */
export function adjustedBy(adjustment: Adjustment, unadjusted: Fraction): Fraction {
  if (adjustment.status !== 'adjusted') return unadjusted
  return (adjustment.kind === 'additive' ? sumOf : productOf)(unadjusted, adjustment.amount)
}

function negated({ numerator, denominator }: Fraction): Fraction {
  return { numerator: -numerator, denominator }
}
