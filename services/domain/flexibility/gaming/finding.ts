import type { DeliveryPeriod } from '../../units.ts'
import { fraction, isGreater, productOf, roundHalfEven, sumOf, type Fraction } from '../baseline/fraction.ts'
import type { LocalDay } from '../baseline/local-calendar.ts'
import { leastPairsBeyondChance } from './rank-test.ts'

/** What the guards look for. */
export type FindingKind =
  'consumption-raised-before-event' | 'baseline-inflated' | 'congestion-caused' | 'low-days-withheld'

/** What was used on a day in the compared quarter-hours, in Wh in the direction of the congestion. */
export type DayLevel = {
  readonly day: LocalDay
  readonly use: bigint
  /** What the control group used in the same periods; null where there is none. It is positive. */
  readonly control: bigint | null
}

/** A day that may be conspicuous, and the days that it is compared with. */
export type Observation = DayLevel & {
  readonly periods: readonly DeliveryPeriod[]
  /** The first ones are compared first. */
  readonly comparedWith: readonly DayLevel[]
}

/** How conspicuous is conspicuous enough. */
export type GuardThresholds = {
  /** Chance alone makes a repeated finding about an asset at most once in so many searches. */
  readonly odds: bigint
  /** With how many days an observation has to be compared at least, and is at most. */
  readonly fewestDays: number
  readonly mostDays: number
  /** By how many percent of what was to be expected the observations have to be off, all together. */
  readonly fewestPercent: number
}

export const GUARD_THRESHOLDS: GuardThresholds = { odds: 1_000n, fewestDays: 10, mostDays: 19, fewestPercent: 10 }

/** A suspicion with all that is needed to check it by hand. It is no verdict. */
export type Finding = {
  readonly kind: FindingKind
  /**
   * `repeated`: the observations are above the days that they are compared with more often than chance explains.
   * `excessive`: a single one is above the highest of these days by more than they differ among themselves.
   */
  readonly rule: 'repeated' | 'excessive'
  readonly observations: readonly Observation[]
  /** Pairs of an observation and a day below it (above it, where low days are sought), of all pairs. */
  readonly conspicuousPairs: number
  readonly pairs: number
  /** From how many conspicuous pairs on it is a finding. */
  readonly leastPairs: number
  /** Use of all observations, and what was to be expected of them, in Wh. */
  readonly use: bigint
  readonly expected: bigint
  readonly thresholds: GuardThresholds
}

type Search = {
  readonly kind: FindingKind
  /** Whether days are conspicuous that are higher or that are lower than others. */
  readonly sought: 'higher' | 'lower'
  readonly thresholds: GuardThresholds
}

/**
 * The findings that the observations of one asset give. All are compared with as many days as the one with the fewest;
 * one that can be compared with fewer than the threshold says is left out. Where each observation and day has a control
 * group, the shares of it are compared. Equal ones are never conspicuous, so constant use gives no finding.
 */
export function findingsOf(search: Search, candidates: readonly Observation[]): Finding[] {
  const { fewestDays, mostDays } = search.thresholds
  const comparable = candidates.filter(({ comparedWith }) => comparedWith.length >= fewestDays)
  if (comparable.length === 0) return []
  const days = Math.min(mostDays, ...comparable.map(({ comparedWith }) => comparedWith.length))
  const observations = comparable.map((one) => ({ ...one, comparedWith: one.comparedWith.slice(0, days) }))
  return [repeatedIn(search, observations), ...observations.map((one) => excessiveIn(search, one))].filter(
    (finding) => finding !== null,
  )
}

/** What was to be expected: the mean of the compared days or, with a control group, its use times the share in it on these days. */
export function expectedUseOf({ control, comparedWith }: Observation): Fraction {
  const use = sum(comparedWith.map((one) => one.use))
  const controls = comparedWith.map((one) => one.control)
  return control === null || controls.includes(null)
    ? fraction(use, BigInt(comparedWith.length))
    : fraction(use * control, sum(controls.map((one) => one!)))
}

function repeatedIn(search: Search, observations: readonly Observation[]): Finding | null {
  const days = observations[0]!.comparedWith.length
  const leastPairs = leastPairsBeyondChance(observations.length, days, search.thresholds.odds)
  if (leastPairs === null) return null
  const finding = findingFrom(search, 'repeated', observations, leastPairs)
  return finding.conspicuousPairs >= leastPairs && isMaterial(search, finding) ? finding : null
}

function excessiveIn(search: Search, observation: Observation): Finding | null {
  const sign = search.sought === 'higher' ? 1n : -1n
  const heights = observation.comparedWith.map((day) => heightOf(day, observation, sign))
  const highest = heights.reduce((one, other) => (isGreater(other, one) ? other : one))
  const lowest = heights.reduce((one, other) => (isGreater(one, other) ? other : one))
  const limit = sumOf(productOf(highest, fraction(2n)), { ...lowest, numerator: -lowest.numerator })
  if (!isGreater(heightOf(observation, observation, sign), limit)) return null
  const finding = findingFrom(search, 'excessive', [observation], observation.comparedWith.length)
  return isMaterial(search, finding) ? finding : null
}

function findingFrom(
  { sought, kind, thresholds }: Search,
  rule: Finding['rule'],
  observations: readonly Observation[],
  leastPairs: number,
): Finding {
  const expected = observations.map(expectedUseOf).reduce(sumOf)
  return {
    ...{ kind, rule, observations, leastPairs, thresholds },
    conspicuousPairs: observations.reduce((total, one) => total + conspicuousPairsOf(sought, one), 0),
    pairs: observations.reduce((total, { comparedWith }) => total + comparedWith.length, 0),
    use: sum(observations.map(({ use }) => use)),
    expected: roundHalfEven(expected),
  }
}

function conspicuousPairsOf(sought: Search['sought'], observation: Observation): number {
  const sign = sought === 'higher' ? 1n : -1n
  const height = heightOf(observation, observation, sign)
  return observation.comparedWith.filter((day) => isGreater(height, heightOf(day, observation, sign))).length
}

function isMaterial({ sought, thresholds }: Search, { use, expected }: Finding): boolean {
  const excess = sought === 'higher' ? use - expected : expected - use
  const magnitude = expected < 0n ? -expected : expected
  return excess > 0n && excess * 100n >= BigInt(thresholds.fewestPercent) * magnitude
}

/** The use, or the share in the control group's where the observation and all its days have one. */
function heightOf({ use, control }: DayLevel, observation: Observation, sign: bigint): Fraction {
  const isShare = observation.control !== null && observation.comparedWith.every((day) => day.control !== null)
  return fraction(sign * use, isShare ? control! : 1n)
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}
