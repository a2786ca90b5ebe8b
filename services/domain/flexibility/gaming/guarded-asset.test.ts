import { describe, expect, test } from 'vitest'
import type { ControlMember } from '../baseline/baseline-case.ts'
import { parseLocalDay, type LocalDay } from '../baseline/local-calendar.ts'
import { berlin, daysFrom, flowsOf, periodOn, quarterAt, type FlowAt } from '../flows-for-test.ts'
import { guardedAsset } from '../noisy-homes-for-test.ts'
import { daysAround, observationOf } from './guarded-asset.ts'

const DAYS = daysFrom('2026-06-22', '2026-06-26')
const [MONDAY, TUESDAY, , THURSDAY] = DAYS as [LocalDay, LocalDay, LocalDay, LocalDay]
const evening = { day: THURSDAY, quarters: [quarterAt('18:00')], periods: [periodOn(THURSDAY, '18:00')] }

const member = (id: string, flowAt: FlowAt, other: Partial<ControlMember> = {}): ControlMember => ({
  id,
  flows: flowsOf(DAYS, flowAt),
  activations: [],
  ...other,
})

const observedWith = (
  controlGroup: readonly ControlMember[],
  flowAt: FlowAt = (day) => (day === THURSDAY ? 150 : 100),
) =>
  observationOf(guardedAsset({ flows: flowsOf(DAYS, flowAt), controlGroup, fewestMembers: 2 }), evening, [
    TUESDAY,
    MONDAY,
  ])

describe('an observation', () => {
  test('is what was used on a day and on others, beside what the control group used', () => {
    const members = [member('a', () => 200), member('b', (day) => (day === MONDAY ? 340 : 300))]
    expect(observedWith(members)).toEqual({
      ...{ day: THURSDAY, periods: evening.periods, use: 150n, control: 500n },
      comparedWith: [
        { day: TUESDAY, use: 100n, control: 500n },
        { day: MONDAY, use: 100n, control: 540n },
      ],
    })
  })

  test.each<[string, ControlMember]>([
    ['was activated on the day', member('c', () => 900, { activations: [periodOn(THURSDAY, '03:00')] })],
    ['was activated on a compared day', member('c', () => 900, { activations: [periodOn(MONDAY, '03:00')] })],
    ['was not metered on the day', member('c', (day) => (day === THURSDAY ? '~900' : 900))],
    ['was not metered on a compared day', member('c', (day) => (day === MONDAY ? null : 900))],
  ])('counts no member that %s', (_, unfit) => {
    const members = [member('a', () => 200), member('b', () => 300)]
    expect(observedWith([...members, unfit])).toEqual(observedWith(members))
    expect(observedWith([...members, member('c', () => 900)])?.control).toBe(1_400n)
    expect(observedWith([members[0]!, unfit])?.control).toBeNull()
  })

  test('has no control group of too few members, nor of one that used nothing on a day', () => {
    expect(observedWith([member('a', () => 200)])).toMatchObject({
      control: null,
      comparedWith: [{ control: null }, { control: null }],
    })
    const idle = [member('a', () => 0), member('b', (day) => (day === MONDAY ? 0 : 300))]
    expect(observedWith(idle)).toMatchObject({ control: null, comparedWith: [{ control: null }, { control: null }] })
  })

  test('leaves out days on which the asset was not metered, and is none without the day itself', () => {
    const gap: FlowAt = (day) => (day === TUESDAY ? null : 100)
    expect(observedWith([], gap)?.comparedWith.map(({ day }) => day)).toEqual([MONDAY])
    expect(observedWith([], (day) => (day === THURSDAY ? '~150' : 100))).toBeNull()
  })
})

describe('days around a day', () => {
  test('are of the same type, the nearest first, the earlier one of two, and within the calendar', () => {
    const friday = parseLocalDay('2026-06-26')
    expect(daysAround(berlin, friday, 4, () => true)).toEqual([
      '2026-06-25',
      '2026-06-24',
      '2026-06-23',
      '2026-06-29',
      '2026-06-22',
      '2026-06-30',
    ])
    expect(daysAround(berlin, friday, 3, (day) => day !== '2026-06-25')).toEqual([
      '2026-06-24',
      '2026-06-23',
      '2026-06-29',
    ])
    expect(daysAround(berlin, parseLocalDay('2027-06-29'), 3, (day) => day > '2027-06-29')).toEqual(['2027-06-30'])
  })
})
