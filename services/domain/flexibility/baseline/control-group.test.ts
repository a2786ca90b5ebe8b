import { describe, expect, test } from 'vitest'
import { deliveryPeriod, startOf } from '../../units.ts'
import { activationOf, daysFrom, flowsOf, periodOn, quarterAt, type FlowAt } from '../flows-for-test.ts'
import { baselineOf } from './baseline.ts'
import type { BaselineCase, ControlMember } from './baseline-case.ts'
import { fraction } from './fraction.ts'

const six = periodOn('2026-06-25', '18:00')
const activated = [six, deliveryPeriod(six + 1)]
const DAYS = daysFrom('2026-06-01', '2026-06-25')
const SIX = quarterAt('18:00')

/** So much in each of the two quarter-hours on the days before, and so much in the first and the second on the 25th. */
const steady =
  (before: number, first: number, second: number): FlowAt =>
  (day, quarter) => {
    if (quarter === SIX) return day === '2026-06-25' ? first : before
    if (quarter === SIX + 1) return day === '2026-06-25' ? second : before
    return 1
  }

const member = (id: string, flowAt: FlowAt, other: Partial<ControlMember> = {}): ControlMember => ({
  id,
  flows: flowsOf(DAYS, flowAt),
  activations: [],
  ...other,
})

const method = { name: 'control-group', days: 2, lookBackDays: 45, fewestMembers: 2, fallback: null } as const
const group = [
  member('a', steady(100, 150, 120)),
  member('b', steady(300, 390, 300)),
  member('c', steady(200, 180, 240)),
]

const baselineFrom = (controlGroup: readonly ControlMember[], other: Partial<BaselineCase> = {}) =>
  baselineOf(
    method,
    activationOf({
      activated,
      notifiedAt: startOf(six),
      flows: flowsOf(DAYS, steady(500, 0, 0)),
      controlGroup,
      ...other,
    }),
  )

describe('control-group', () => {
  test('is the mean of the members, times the share of the asset on the days before', () => {
    const baseline = baselineFrom(group)
    // Days before, two quarter-hours on two days: the asset 4 * 500 = 2,000; the members 400 + 1,200 + 800 = 2,400,
    // of which the mean is 800; share 2,000 / 800 = 2.5.
    // At 18:00 (150 + 390 + 180) / 3 = 240, times 2.5; at 18:15 (120 + 300 + 240) / 3 = 220, times 2.5
    expect(baseline.periods.map((one) => one.baseline)).toEqual([600n, 550n])
    expect(baseline).toMatchObject({
      version: 'control-group/1',
      daysUsed: ['2026-06-23', '2026-06-24'],
      evidence: {
        kind: 'control-group',
        activatedDays: [
          {
            day: '2026-06-25',
            periods: activated,
            members: ['a', 'b', 'c'],
            membersLeftOut: [],
            share: fraction(5n, 2n),
          },
        ],
      },
    })
  })

  test('leaves out members that were activated on one of the days, or not metered in what is compared', () => {
    const estimated: FlowAt = (day, quarter, period) =>
      day === '2026-06-23' && quarter === SIX ? '~100' : steady(100, 150, 120)(day, quarter, period)
    const baseline = baselineFrom([
      ...group.slice(0, 2),
      member('c', steady(200, 180, 240), { activations: [periodOn('2026-06-24', '04:00')] }),
      member('d', steady(200, 180, 240), { activations: [periodOn('2026-06-25', '18:00')] }),
      member('e', estimated),
      member('f', steady(200, 180, 240), { activations: [periodOn('2026-06-22', '18:00')] }),
    ])
    expect(baseline.evidence).toMatchObject({
      activatedDays: [
        {
          members: ['a', 'b', 'f'],
          membersLeftOut: [
            { id: 'c', reason: 'activated' },
            { id: 'd', reason: 'activated' },
            { id: 'e', reason: 'not-metered' },
          ],
        },
      ],
    })
  })

  test('is refused where too few members remain', () => {
    expect(() => baselineFrom([group[0]!, member('b', () => null)])).toThrow(
      expect.objectContaining({
        code: 'baseline-too-few-members',
        details: {
          day: '2026-06-25',
          needed: 2,
          members: ['a'],
          membersLeftOut: [{ id: 'b', reason: 'not-metered' }],
        },
      }),
    )
  })

  test('is refused where the asset has too few days of its own', () => {
    const flows = flowsOf(DAYS, (day) => (day < '2026-06-24' ? null : 500))
    expect(() => baselineFrom(group, { flows })).toThrow(expect.objectContaining({ code: 'baseline-too-few-days' }))
  })

  test.each([
    ['used nothing', steady(0, 10, 10), steady(500, 0, 0)],
    ['fed in', steady(-100, 10, 10), steady(500, 0, 0)],
    ['fed in half of what it used', steady(-50, 10, 10), steady(500, 0, 0)],
    ['was used by an asset that fed in', steady(100, 10, 10), steady(-500, 0, 0)],
  ])('has no share of a group that %s', (what, other, own) => {
    const controlGroup = [member('a', what.includes('half') ? steady(100, 150, 150) : other), member('b', other)]
    expect(() => baselineFrom(controlGroup, { flows: flowsOf(DAYS, own) })).toThrow(
      expect.objectContaining({ code: 'baseline-share-undefined' }),
    )
  })

  test('makes the product fall back where it has no members or no share', () => {
    const fallback = { name: 'meter-before-meter-after', periodsBefore: 1, periodsAfter: 0 } as const
    const activation = activationOf({ activated, notifiedAt: startOf(six), flows: flowsOf(DAYS, steady(500, 0, 0)) })
    const opposed = [member('a', steady(-100, 1, 1)), member('b', steady(-100, 1, 1))]
    const passedOver = [[], opposed].map(
      (controlGroup) => baselineOf({ ...method, fallback }, { ...activation, controlGroup }).passedOver[0]?.code,
    )
    expect(passedOver).toEqual(['baseline-too-few-members', 'baseline-share-undefined'])
  })

  test('does not hide behind a fallback what is wrong with the question', () => {
    const fallback = { name: 'meter-before-meter-after', periodsBefore: 1, periodsAfter: 0 } as const
    const notified = { activated, notifiedAt: startOf(six) + 1, controlGroup: group }
    expect(() => baselineOf({ ...method, fallback }, activationOf(notified))).toThrow(
      expect.objectContaining({ code: 'notified-too-late' }),
    )
  })

  test('has a share of a group that moved no more than a quarter the other way', () => {
    const controlGroup = [member('a', steady(300, 300, 300)), member('b', steady(-100, 100, 100))]
    // Share 500 / ((300 - 100) / 2) = 5; (300 + 100) / 2 * 5
    expect(baselineFrom(controlGroup).periods[0]!.baseline).toBe(1_000n)
  })

  test('changes with the asset and not with the size of its members', () => {
    const larger = [100, 300, 200].map((before, index) =>
      member(String(index), steady(7 * before, 7 * [150, 390, 180][index]!, 7 * [120, 300, 240][index]!)),
    )
    expect(baselineFrom(larger).periods).toEqual(baselineFrom(group).periods)
    const flows = flowsOf(DAYS, steady(1_500, 0, 0))
    expect(baselineFrom(group, { flows }).periods.map((one) => one.baseline)).toEqual([1_800n, 1_650n])
  })
})
