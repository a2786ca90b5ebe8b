import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../units.ts'
import { gateClosureOf, isTraded, readingDeadlineOf, type Calendar } from './calendar.ts'

const calendar: Calendar = {
  firstPeriod: deliveryPeriod(10),
  lastPeriod: deliveryPeriod(12),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 60,
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
})
