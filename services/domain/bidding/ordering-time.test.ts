import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../units.ts'
import { orderExpiryOf, sessionToOrderIn } from './ordering-time.ts'

const calendar = {
  firstPeriod: deliveryPeriod(100),
  lastPeriod: deliveryPeriod(102),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 120,
  challengeWindowSeconds: 900,
  correctionDelaySeconds: 3_600,
  finalDelaySeconds: 7_200,
}

describe('sessionToOrderIn', () => {
  test('is the next quarter-hour until five minutes before it, where the gate closes then', () => {
    expect(sessionToOrderIn(calendar, 99 * 900)).toBe(100)
    expect(sessionToOrderIn(calendar, 100 * 900 - 301)).toBe(100)
    expect(sessionToOrderIn(calendar, 100 * 900 - 300)).toBeNull()
    expect(sessionToOrderIn(calendar, 100 * 900)).toBe(101)
  })

  test('is none before the first and after the last session of the area', () => {
    expect(sessionToOrderIn(calendar, 98 * 900)).toBeNull()
    expect(sessionToOrderIn(calendar, 101 * 900)).toBe(102)
    expect(sessionToOrderIn(calendar, 102 * 900)).toBeNull()
  })

  test('leaves up to a quarter-hour to order where the gate closes exactly as a quarter-hour starts', () => {
    const early = { ...calendar, gateClosureLeadSeconds: 900 }
    expect(sessionToOrderIn(early, 98 * 900)).toBe(100)
    expect(sessionToOrderIn(early, 99 * 900 - 1)).toBe(100)
    expect(sessionToOrderIn(early, 99 * 900)).toBe(101)
  })
})

test('an order stands until delivery starts, which is never before its gate closes', () => {
  expect(orderExpiryOf(deliveryPeriod(100))).toBe(90_000)
})
