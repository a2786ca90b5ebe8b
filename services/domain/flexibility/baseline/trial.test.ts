import { describe, expect, test } from 'vitest'
import { activationOf, daysFrom, flowsOf, periodOn, quarterAt, type FlowAt } from '../flows-for-test.ts'
import type { BaselineCase } from './baseline-case.ts'
import { parseLocalDay } from './local-calendar.ts'
import { pooledTrialOf, trialDayOf } from './trial.ts'

const method = { name: '10-of-10', lookBackDays: 45, adjustment: null, fallback: null } as const
const quarters = [quarterAt('18:00'), quarterAt('18:15')]
const trial = { day: parseLocalDay('2026-06-25'), quarters, noticeSeconds: 900 }

const asset = (flowAt: FlowAt, other: Partial<BaselineCase> = {}): BaselineCase =>
  activationOf({ activated: [], notifiedAt: 0, flows: flowsOf(daysFrom('2026-05-01', '2026-06-25'), flowAt), ...other })

const steps: FlowAt = (day, quarter) => (day === '2026-06-25' ? quarter : 100)

describe('a trial', () => {
  test('sets what a method would have said beside what flowed', () => {
    expect(trialDayOf(method, asset(steps), trial)).toEqual({
      direction: 'consumption',
      periods: [
        { period: periodOn('2026-06-25', '18:00'), baseline: 100n, flow: 72n },
        { period: periodOn('2026-06-25', '18:15'), baseline: 100n, flow: 73n },
      ],
    })
  })

  test('says with which code the method refuses', () => {
    const young: FlowAt = (day) => (day < '2026-06-20' ? null : 100)
    expect(trialDayOf(method, asset(young), trial)).toEqual({ refusal: 'baseline-too-few-days' })
    expect(trialDayOf({ name: 'nomination', gateClosureLeadSeconds: 0 }, asset(steps), trial)).toEqual({
      refusal: 'nomination-missing',
    })
  })

  test('is none on a day with an activation, or without metering', () => {
    const activations = [periodOn('2026-06-25', '03:00')]
    expect(trialDayOf(method, asset(steps, { activations }), trial)).toBeNull()
    const estimated: FlowAt = (day, quarter) => (day === '2026-06-25' && quarter === quarters[1] ? '~5' : 100)
    expect(trialDayOf(method, asset(estimated), trial)).toBeNull()
  })

  test('takes a quarter-hour that the clock skips once', () => {
    const spring = asset(() => 0, { flows: flowsOf(daysFrom('2026-02-01', '2026-03-29'), () => 40) })
    const skipped = { day: parseLocalDay('2026-03-29'), quarters: [9, 13], noticeSeconds: 0 }
    expect(trialDayOf(method, spring, skipped)).toMatchObject({
      periods: [{ period: periodOn('2026-03-29', '03:15') }],
    })
  })

  test('leaves to the caller what is wrong with the question', () => {
    expect(() => trialDayOf({ ...method, lookBackDays: 0 }, asset(steps), trial)).toThrow(
      expect.objectContaining({ code: 'baseline-method-invalid' }),
    )
  })
})

describe('a trial of a pool', () => {
  const day = (flowAt: FlowAt) => trialDayOf(method, asset(flowAt), trial)!

  test('adds baselines and flows, so that errors may cancel out', () => {
    const over = day((on) => (on === '2026-06-25' ? 80 : 100))
    const under = day((on) => (on === '2026-06-25' ? 120 : 100))
    expect(pooledTrialOf([over, under])).toMatchObject({
      periods: [
        { baseline: 200n, flow: 200n },
        { baseline: 200n, flow: 200n },
      ],
    })
  })

  test('is refused where one of the assets is', () => {
    expect(pooledTrialOf([day(steps), { refusal: 'baseline-too-few-days' }])).toEqual({
      refusal: 'baseline-too-few-days',
    })
  })
})
