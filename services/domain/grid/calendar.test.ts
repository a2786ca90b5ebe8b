import { describe, expect, test } from 'vitest'
import { deliveryPeriod, endOfDay, firstPeriodOf, lastPeriodOf, tradingDay, tradingDayOf } from '../units.ts'
import {
  correctionEndOf,
  gateClosureOf,
  isTraded,
  readingDeadlineOf,
  runDueAt,
  runNumberOf,
  tradedPeriodsOf,
  type Calendar,
} from './calendar.ts'

const calendar: Calendar = {
  firstPeriod: deliveryPeriod(10),
  lastPeriod: deliveryPeriod(12),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 60,
  operatorDeadlineSeconds: 120,
  challengeWindowSeconds: 600,
  correctionDelaySeconds: 3_600,
  finalDelaySeconds: 7_200,
}

describe('a calendar', () => {
  test('trades from its first period to its last, inclusive', () => {
    const traded = [9, 10, 11, 12, 13].map((period) => isTraded(calendar, deliveryPeriod(period)))
    expect(traded).toEqual([false, true, true, true, false])
  })

  test('closes the gate so long before delivery', () => {
    expect(gateClosureOf(calendar, deliveryPeriod(10))).toBe(9_000 - 300)
  })

  test('has no gate for a period that is not traded', () => {
    expect(() => gateClosureOf(calendar, deliveryPeriod(13))).toThrow(
      expect.objectContaining({ code: 'period-not-traded', details: { period: 13, firstPeriod: 10, lastPeriod: 12 } }),
    )
  })

  test('waits for readings so long after delivery', () => {
    expect(readingDeadlineOf(calendar, deliveryPeriod(10))).toBe(9_900 + 60)
  })

  test('settles a day when it is over, and again after each delay; readings are corrected until the last', () => {
    const day = tradingDay(0)
    const due = (['initial', 'corrected', 'final'] as const).map((run) => runDueAt(calendar, day, run))
    expect(due).toEqual([86_400, 90_000, 93_600])
    expect(correctionEndOf(calendar, day)).toBe(93_600)
    expect((['initial', 'corrected', 'final'] as const).map(runNumberOf)).toEqual([0, 1, 2])
  })

  test('trades only those periods of a day that it has', () => {
    expect(tradedPeriodsOf(calendar, tradingDay(0))).toEqual([10, 11, 12])
    expect(tradedPeriodsOf(calendar, tradingDay(1))).toEqual([])
  })
})

describe('a trading day', () => {
  test('has 96 periods, the first and the last of which are delivered on it, whatever local clocks do', () => {
    for (const date of ['2026-03-29', '2026-10-25', '2026-12-31', '2028-02-29']) {
      const day = tradingDay(Date.parse(`${date}T00:00:00Z`) / 86_400_000)
      expect(lastPeriodOf(day) - firstPeriodOf(day)).toBe(95)
      expect([firstPeriodOf(day), lastPeriodOf(day)].map(tradingDayOf)).toEqual([day, day])
      expect(tradingDayOf(deliveryPeriod(lastPeriodOf(day) + 1))).toBe(day + 1)
      expect(new Date(endOfDay(day) * 1_000).toISOString()).toMatch(/T00:00:00/)
    }
  })
})
