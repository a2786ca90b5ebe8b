import type { DeliveryPeriod } from '../../units.ts'
import { totalOf } from '../baseline/baseline-case.ts'
import {
  absoluteOf,
  fraction,
  isGreater,
  productOf,
  roundHalfEven,
  sumOf,
  type Fraction,
} from '../baseline/fraction.ts'
import type { LocalDay } from '../baseline/local-calendar.ts'
import { leastPairsBeyondChance } from './pairs-beyond-chance.ts'

/** What the guards look for. */
export type FindingKind =
  | 'consumption-raised-before-event'
  | 'baseline-inflated'
  | 'nomination-inflated'
  | 'congestion-caused'
  | 'low-days-withheld'
  | 'low-windows-withheld'

/** What was used on a day in the compared quarter-hours, in Wh in the direction of the congestion. */
export type DayLevel = {
  readonly day: LocalDay
  readonly use: bigint
  /** What the control group used in the same periods, which is more than nothing; null where there is none. */
  readonly control: bigint | null
}

/** A day that may be conspicuous, and the days that it is compared with. */
export type Observation = DayLevel & {
  readonly periods: readonly DeliveryPeriod[]
  /** Those that count most come first. */
  readonly comparedWith: readonly DayLevel[]
}

/** How conspicuous is conspicuous enough. */
export type GuardThresholds = {
  /** Chance alone makes a repeated finding about an asset at most once in so many searches. */
  readonly odds: bigint
  /** With how many days an observation has to be compared at least, and is at most. */
  readonly fewestDays: number
  readonly mostDays: number
  /** By how many percent of what was to be expected all observations together have to be off. */
  readonly fewestPercent: number
}

export const GUARD_THRESHOLDS: GuardThresholds = { odds: 1_000n, fewestDays: 10, mostDays: 19, fewestPercent: 10 }

/** A suspicion with all that is needed to check it by hand. It is no verdict. */
export type Finding = {
  readonly kind: FindingKind
  /**
   * `repeated`: observations differ from the days that they are compared with more often than chance explains.
   * `excessive`: a single one is above the highest of these days by more than three times what they differ by.
   */
  readonly rule: 'repeated' | 'excessive'
  readonly observations: readonly Observation[]
  /** Pairs of an observation and a day from which it differs in the sought direction, of all pairs. */
  readonly conspicuousPairs: number
  readonly pairs: number
  /** From how many conspicuous pairs on it is a finding. */
  readonly leastPairs: number
  /** Use of all observations, and what was to be expected of them, in Wh. */
  readonly use: bigint
  readonly expected: bigint
  readonly thresholds: GuardThresholds
}

export type FindingSearch = {
  readonly kind: FindingKind
  /** Whether days are conspicuous that are higher than others, or that are lower. */
  readonly sought: 'higher' | 'lower'
  readonly thresholds: GuardThresholds
}

/** By how many times the range of the compared days a single observation has to be beyond them. */
const EXCESSIVE_RANGES = 3n

/**
 * Whether the observations of one asset differ, all together, from the days that they are compared with; null where they
 * do not. An observation differs from a day if its use does and, where there is a control group on all of its days, its
 * share in the group's use does too. Equal ones do not differ: constant use gives no finding. All observations are
 * compared with as many days as the one with the fewest; one with fewer than the threshold says is left out.
 */
export function repeatedFindingOf(search: FindingSearch, candidates: readonly Observation[]): Finding | null {
  const observations = comparableOf(search, candidates)
  const days = observations[0]?.comparedWith.length ?? 0
  const leastPairs = leastPairsBeyondChance(observations.length, days, search.thresholds.odds)
  if (leastPairs === null) return null
  const finding = findingFrom(search, 'repeated', observations, leastPairs)
  return finding.conspicuousPairs >= leastPairs && isMaterial(search, finding) ? finding : null
}

/**
 * The observations that are each beyond anything that the days compared with it suggest: above the highest of them, in
 * use and in share, by more than three times what these days differ by among themselves.
 */
export function excessiveFindingsOf(search: FindingSearch, candidates: readonly Observation[]): Finding[] {
  return comparableOf(search, candidates)
    .filter((observation) => isExcessive(search, observation))
    .map((observation) => findingFrom(search, 'excessive', [observation], observation.comparedWith.length))
    .filter((finding) => isMaterial(search, finding))
}

/**
 * What was to be expected: the mean use of the compared days or, where that is nearer to the observation, the control
 * group's use times the asset's share in it on these days. The asset has the benefit of the doubt.
 */
export function expectedUseOf(sought: FindingSearch['sought'], observation: Observation): Fraction {
  const { control, comparedWith } = observation
  const use = totalOf(comparedWith.map((one) => one.use))
  const mean = fraction(use, BigInt(comparedWith.length))
  if (control === null || !hasControl(observation)) return mean
  const byShare = fraction(use * control, totalOf(comparedWith.map((one) => one.control!)))
  return isGreater(byShare, mean) === (sought === 'higher') ? byShare : mean
}

function comparableOf({ thresholds }: FindingSearch, candidates: readonly Observation[]): Observation[] {
  const comparable = candidates.filter(({ comparedWith }) => comparedWith.length >= thresholds.fewestDays)
  const days = Math.min(thresholds.mostDays, ...comparable.map(({ comparedWith }) => comparedWith.length))
  return comparable.map((one) => ({ ...one, comparedWith: one.comparedWith.slice(0, days) }))
}

function findingFrom(
  search: FindingSearch,
  rule: Finding['rule'],
  observations: readonly Observation[],
  leastPairs: number,
): Finding {
  const { sought, kind, thresholds } = search
  const expected = observations.map((one) => expectedUseOf(sought, one)).reduce(sumOf, fraction(0n))
  return {
    ...{ kind, rule, observations, leastPairs, thresholds },
    conspicuousPairs: observations.reduce((total, one) => total + differingDaysOf(search, one), 0),
    pairs: observations.reduce((total, { comparedWith }) => total + comparedWith.length, 0),
    use: totalOf(observations.map(({ use }) => use)),
    expected: roundHalfEven(expected),
  }
}

function differingDaysOf(search: FindingSearch, observation: Observation): number {
  const own = heightsOf(search, observation, observation)
  return observation.comparedWith.filter((day) => {
    const heights = heightsOf(search, observation, day)
    return own.every((height, index) => isGreater(height, heights[index]!))
  }).length
}

function isExcessive(search: FindingSearch, observation: Observation): boolean {
  const days = observation.comparedWith.map((day) => heightsOf(search, observation, day))
  return heightsOf(search, observation, observation).every((height, index) => {
    const heights = days.map((one) => one[index]!)
    const highest = heights.reduce((one, other) => (isGreater(other, one) ? other : one))
    const lowest = heights.reduce((one, other) => (isGreater(one, other) ? other : one))
    const ranges = fraction(EXCESSIVE_RANGES)
    const limit = sumOf(productOf(highest, sumOf(fraction(1n), ranges)), productOf(lowest, negated(ranges)))
    return isGreater(height, limit)
  })
}

function isMaterial({ sought, thresholds }: FindingSearch, { use, expected }: Finding): boolean {
  const excess = sought === 'higher' ? use - expected : expected - use
  return excess > 0n && excess * 100n >= BigInt(thresholds.fewestPercent) * absoluteOf(expected)
}

/** By what a day is compared: its use and, with a control group, its share; the greater the more conspicuous. */
function heightsOf({ sought }: FindingSearch, observation: Observation, { use, control }: DayLevel): Fraction[] {
  const sign = sought === 'higher' ? 1n : -1n
  return hasControl(observation) ? [fraction(sign * use), fraction(sign * use, control!)] : [fraction(sign * use)]
}

function hasControl({ control, comparedWith }: Observation): boolean {
  return control !== null && comparedWith.every((day) => day.control !== null)
}

function negated(value: Fraction): Fraction {
  return productOf(value, fraction(-1n))
}
