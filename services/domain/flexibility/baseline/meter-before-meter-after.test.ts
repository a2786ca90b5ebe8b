import { describe, expect, test } from 'vitest'
import { deliveryPeriod, startOf, type DeliveryPeriod } from '../../units.ts'
import { activationOf, daysFrom, flowsOf, periodOn, type FlowAt } from '../flows-for-test.ts'
import { baselineOf } from './baseline.ts'

const six = periodOn('2026-06-25', '18:00')
/** 17:00 to 18:00, the activation from 18:00 to 18:30, and 18:30 to 19:30. */
const FLOWS: Readonly<Record<number, number>> = Object.fromEntries(
  [400, 420, 440, 460, 10, 20, 300, 310, 320, 330].map((flow, index) => [six - 4 + index, flow]),
)
const flowAt: FlowAt = (_day, _quarter, period) => FLOWS[period] ?? 9_999
const activated = [six, deliveryPeriod(six + 1)]

const baselineFrom = (
  before: number,
  after: number,
  other: { at?: FlowAt; notifiedAt?: number; activations?: DeliveryPeriod[] } = {},
) =>
  baselineOf(
    { name: 'meter-before-meter-after', periodsBefore: before, periodsAfter: after },
    activationOf({
      activated,
      notifiedAt: other.notifiedAt ?? startOf(six),
      flows: flowsOf(daysFrom('2026-06-25', '2026-06-25'), other.at ?? flowAt),
      activations: other.activations ?? activated,
    }),
  )

describe('meter-before-meter-after', () => {
  test('is the mean of the periods before the notification and after the end, for every activated period', () => {
    const baseline = baselineFrom(4, 4)
    // (400 + 420 + 440 + 460 + 300 + 310 + 320 + 330) / 8 = 2,980 / 8 = 372.5, and the even Wh is 372
    expect(baseline.periods.map((one) => one.baseline)).toEqual([372n, 372n])
    expect(baseline.version).toBe('meter-before-meter-after/1')
    expect(baseline.evidence).toEqual({
      kind: 'meter-before-meter-after',
      before: [six - 4, six - 3, six - 2, six - 1],
      after: [six + 2, six + 3, six + 4, six + 5],
    })
  })

  test('weighs every period the same, and does without a side of which no period is asked for', () => {
    // (460 + 300 + 310) / 3 = 356.67; 460; (300 + 310) / 2
    expect(baselineFrom(1, 2).periods[0]!.baseline).toBe(357n)
    expect(baselineFrom(1, 0).periods[0]!.baseline).toBe(460n)
    expect(baselineFrom(0, 2).periods[0]!.baseline).toBe(305n)
  })

  test('leaves out what was used once the notification was there', () => {
    // Notified within the quarter-hour that starts at 17:30: it and the next do not count. (400 + 420) / 2
    expect(baselineFrom(2, 0, { notifiedAt: startOf(six) - 1_000 }).periods[0]!.baseline).toBe(410n)
  })

  test('is refused where a period was estimated or is missing', () => {
    const gapped: FlowAt = (day, quarter, period) => {
      if (period === six - 1) return '~460'
      return period === six + 2 ? null : flowAt(day, quarter, period)
    }
    expect(() => baselineFrom(4, 4, { at: gapped })).toThrow(
      expect.objectContaining({ code: 'baseline-not-metered', details: { periods: [six - 1, six + 2] } }),
    )
  })

  test('is refused where another activation lies in what it reads', () => {
    expect(() => baselineFrom(4, 4, { activations: [deliveryPeriod(six - 3)] })).toThrow(
      expect.objectContaining({ code: 'baseline-window-activated', details: { periods: [six - 3] } }),
    )
  })
})
