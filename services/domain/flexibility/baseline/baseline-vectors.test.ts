import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, PERIODS_PER_DAY, SECONDS_PER_PERIOD, signedWh } from '../../units.ts'
import { baselineOf } from './baseline.ts'
import { encodeBaselineSource } from './baseline-source.ts'
import { localCalendarOf } from './local-calendar.ts'
import { flowSeriesOf } from './period-flow.ts'
import type { SimilarDaysRule } from './similar-days.ts'

type Strings<Keys extends string> = Readonly<Record<Keys, string>>
type Vector = Strings<
  'title' | 'adjustment' | 'capPercent' | 'isConsumeMore' | 'own' | 'source' | 'baselineWh' | 'unadjustedWh'
> & {
  readonly days: readonly { readonly uses: readonly string[]; readonly window: readonly string[] }[]
  readonly window: readonly string[]
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/flex-baselines.json', import.meta.url), 'utf8'),
) as { cases: Vector[] }

/** 2024-10-09, a Wednesday, and the ten working days before it. */
const TODAY = 20_005
const DAYS = [19_991, 19_992, 19_993, 19_996, 19_997, 19_998, 19_999, 20_000, 20_003, 20_004]
const FIRST_QUARTER = 50
const NOTIFIED_QUARTER = 40
const ADJUSTMENTS = [null, 'additive', 'multiplicative'] as const
const CALENDAR = localCalendarOf({
  timeZone: 'UTC',
  publicHolidays: [],
  firstPeriod: deliveryPeriod(19_900 * PERIODS_PER_DAY),
  lastPeriod: deliveryPeriod(20_100 * PERIODS_PER_DAY),
})

const periodAt = (day: number, quarter: number) => deliveryPeriod(day * PERIODS_PER_DAY + quarter)

function ruleOf({ adjustment, capPercent, window }: Vector): SimilarDaysRule & { readonly fallback: null } {
  const kind = ADJUSTMENTS[Number(adjustment)] ?? null
  const rule = { name: '10-of-10', lookBackDays: 30, fallback: null } as const
  if (kind === null) return { ...rule, adjustment: null }
  const cap = { capPercent: Number(capPercent), windowPeriods: window.length, gapPeriods: 0 }
  return { ...rule, adjustment: { kind, ...cap } }
}

describe('test/vectors/flex-baselines.json', () => {
  test.each(cases)('$title', (vector) => {
    const sign = vector.isConsumeMore === '1' ? -1n : 1n
    const flowsOf = (day: number, quarter: number, uses: readonly string[]) =>
      uses.map((use, index) => ({
        period: periodAt(day, quarter + index),
        flow: signedWh(sign * BigInt(use)),
        quality: 'metered' as const,
      }))
    const start = NOTIFIED_QUARTER - vector.window.length
    const flows = vector.days.flatMap(({ uses, window }, index) => [
      ...flowsOf(DAYS[index]!, FIRST_QUARTER, uses),
      ...flowsOf(DAYS[index]!, start, window),
    ])
    const baseline = baselineOf(ruleOf(vector), {
      calendar: CALENDAR,
      direction: sign < 0n ? 'feed-in' : 'consumption',
      activated: vector.days[0]!.uses.map((_, index) => periodAt(TODAY, FIRST_QUARTER + index)),
      notifiedAt: periodAt(TODAY, NOTIFIED_QUARTER) * SECONDS_PER_PERIOD,
      flows: flowSeriesOf([...flows, ...flowsOf(TODAY, start, vector.window)]),
      activations: [],
      nominations: [],
      controlGroup: [],
    })
    const own = baseline.periods[Number(vector.own)]!
    expect({ baselineWh: `${own.baseline}`, unadjustedWh: `${own.unadjusted}` }).toEqual({
      baselineWh: vector.baselineWh,
      unadjustedWh: vector.unadjustedWh,
    })
    expect(encodeBaselineSource(baseline, own.period)).toBe(vector.source)
  })
})
