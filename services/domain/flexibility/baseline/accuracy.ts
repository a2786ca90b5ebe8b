import type { DeliveryPeriod, SignedWh } from '../../units.ts'
import { useOf, type CongestionDirection } from './baseline-case.ts'
import { absoluteOf } from './fraction.ts'
import type { BaselineVersion } from './baseline-method.ts'

/** A baseline beside what flowed without an activation. Both are positive towards the prosumer. */
export type ComparedPeriod = {
  readonly period: DeliveryPeriod
  readonly baseline: SignedWh
  readonly flow: SignedWh
}

/** A day without activation on which a method was tried: what it said, or the code of its refusal. */
export type TrialDay =
  | { readonly direction: CongestionDirection; readonly periods: readonly ComparedPeriod[] }
  | { readonly refusal: string }

/** Exact sums over all days so far, in Wh of use; a day is added without the days before it. */
export type Accuracy = {
  readonly days: number
  /** Days for which the method gave no baseline. */
  readonly refusedDays: number
  readonly periods: number
  /** Sum of baseline - flow, both as use in the direction of the congestion. */
  readonly error: bigint
  /** Sum of the squares of these, in Wh^2. */
  readonly squaredError: bigint
  /** Sum of the absolute flows. */
  readonly flow: bigint
}

export const NO_TRIALS: Accuracy = { days: 0, refusedDays: 0, periods: 0, error: 0n, squaredError: 0n, flow: 0n }

/** The accuracy with one more day. */
export function accuracyWith(accuracy: Accuracy, day: TrialDay): Accuracy {
  if ('refusal' in day) return { ...accuracy, refusedDays: accuracy.refusedDays + 1 }
  let { error, squaredError, flow } = accuracy
  for (const period of day.periods) {
    const difference = useOf(day.direction, period.baseline) - useOf(day.direction, period.flow)
    error += difference
    squaredError += difference * difference
    flow += absoluteOf(period.flow)
  }
  const { days, refusedDays, periods } = accuracy
  return { days: days + 1, refusedDays, periods: periods + day.periods.length, error, squaredError, flow }
}

/** The accuracy over the days of both. */
export function accuracyOfBoth(one: Accuracy, other: Accuracy): Accuracy {
  return {
    days: one.days + other.days,
    refusedDays: one.refusedDays + other.refusedDays,
    periods: one.periods + other.periods,
    error: one.error + other.error,
    squaredError: one.squaredError + other.squaredError,
    flow: one.flow + other.flow,
  }
}

/**
 * Sum of the errors over the sum of absolute flows; a statistic, so floating point. Positive: the method says too much,
 * and the DSO would pay for what nobody delivered. Null where nothing flowed.
 */
export function biasOf({ error, flow }: Accuracy): number | null {
  return flow === 0n ? null : Number(error) / Number(flow)
}

/**
 * Relative root mean squared error: sqrt(sum of squared errors / periods) over the mean absolute flow of a period, as in
 * KEMA, PJM Empirical Analysis of Demand Response Baseline Methods (2011). The flow is taken absolutely, as a home with
 * generation has flows both ways. Null where nothing flowed.
 */
export function rrmseOf({ squaredError, periods, flow }: Accuracy): number | null {
  return flow === 0n ? null : Math.sqrt(Number(squaredError) / periods) / (Number(flow) / periods)
}

export type MethodAccuracy = { readonly version: BaselineVersion; readonly accuracy: Accuracy }

/** A row of the table by which a DSO chooses. */
export type RankedMethod = {
  readonly version: BaselineVersion
  /** From 1; null where the method was tried on too few days to be ranked, or nothing flowed. */
  readonly rank: number | null
  readonly days: number
  readonly refusedDays: number
  readonly bias: number | null
  readonly rrmse: number | null
}

/**
 * The methods by RRMSE, the least first; of the same RRMSE the one with the smaller bias, then by name. Those that gave
 * a baseline on fewer days than asked for stand last and have no rank: their figures say too little.
 */
export function rankedMethods(methods: readonly MethodAccuracy[], fewestDays: number): RankedMethod[] {
  const rows = methods.map(({ version, accuracy }) => ({
    version,
    days: accuracy.days,
    refusedDays: accuracy.refusedDays,
    bias: biasOf(accuracy),
    rrmse: rrmseOf(accuracy),
  }))
  const isRanked = ({ days, rrmse }: (typeof rows)[number]) => days >= fewestDays && rrmse !== null
  const order = (one: (typeof rows)[number], other: (typeof rows)[number]) =>
    Number(isRanked(other)) - Number(isRanked(one)) ||
    (one.rrmse ?? Infinity) - (other.rrmse ?? Infinity) ||
    Math.abs(one.bias ?? 0) - Math.abs(other.bias ?? 0) ||
    (one.version < other.version ? -1 : 1)
  return rows.sort(order).map((row, index) => ({ ...row, rank: isRanked(row) ? index + 1 : null }))
}
