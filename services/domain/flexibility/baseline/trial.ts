import { DomainError } from '../../errors.ts'
import { signedWh, startOf } from '../../units.ts'
import type { ComparedPeriod, TrialDay } from './accuracy.ts'
import { baselineOf } from './baseline.ts'
import { localDaysOf, type BaselineCase } from './baseline-case.ts'
import type { BaselineMethod } from './baseline-method.ts'
import { comparedPeriodsOf } from './eligible-days.ts'
import type { LocalDay } from './local-calendar.ts'
import { meteredFlowAt } from './period-flow.ts'

/**
 * An activation that is only pretended, on a day that has none. Accuracy is that on the days which are tried: methods
 * that are right on all days on average may be wrong on the days of high use, on which there are activations.
 */
export type Trial = {
  readonly day: LocalDay
  /** The pretended activation by the clock on the wall, ascending. */
  readonly quarters: readonly number[]
  /** Seconds between the pretended notification and the first of these. */
  readonly noticeSeconds: number
}

/**
 * What a method would have said had there been an activation, beside what flowed. Null where it cannot be told what
 * would have flowed without one: the asset was activated on that day, or was not metered in these quarter-hours.
 * Throws what `baselineOf` throws for reasons that lie in the method's parameters or the calendar.
 */
export function trialDayOf(
  method: BaselineMethod,
  asset: Omit<BaselineCase, 'activated' | 'notifiedAt'>,
  { day, quarters, noticeSeconds }: Trial,
): TrialDay | null {
  const { calendar, direction, flows, activations } = asset
  const activated = [...new Set(comparedPeriodsOf(calendar, day, quarters))]
  const flowing = activated.map((period) => ({ period, flow: meteredFlowAt(flows, period) }))
  if (localDaysOf(calendar, activations).has(day) || flowing.some(({ flow }) => flow === null)) return null
  try {
    const notifiedAt = startOf(activated[0]!) - noticeSeconds
    const { periods } = baselineOf(method, { ...asset, activated, notifiedAt })
    return {
      direction,
      periods: periods.map(({ period, baseline }, index) => ({ period, baseline, flow: flowing[index]!.flow! })),
    }
  } catch (error) {
    if (!(error instanceof DomainError) || !isRefusal(error)) throw error
    return { refusal: error.code }
  }
}

/**
 * The trials of several assets on one day as one of their pool: flows and baselines are added by period, so that the
 * errors of the assets may cancel out. The pool has no baseline where one of the assets has none.
 */
export function pooledTrialOf(trials: readonly TrialDay[]): TrialDay {
  const pool = new Map<number, ComparedPeriod>()
  for (const trial of trials) {
    if ('refusal' in trial) return trial
    for (const { period, baseline, flow } of trial.periods) {
      const sum = pool.get(period)
      pool.set(period, {
        period,
        baseline: signedWh(baseline + (sum?.baseline ?? 0n)),
        flow: signedWh(flow + (sum?.flow ?? 0n)),
      })
    }
  }
  const [first] = trials
  if (first === undefined || 'refusal' in first) throw new RangeError('a pool has at least one asset')
  return { direction: first.direction, periods: [...pool.values()] }
}

/** Whether it says that this day's data do not suffice, not that the question is wrong. */
function isRefusal({ code }: DomainError): boolean {
  return (code.startsWith('baseline-') && code !== 'baseline-method-invalid') || code.startsWith('nomination-')
}
