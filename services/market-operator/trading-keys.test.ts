import { describe, expect, test } from 'vitest'
import { deliveryPeriod, firstPeriodOf, startOfDay, tradingDay } from '../domain/units.ts'
import { daysToTrade } from './trading-keys.ts'

const DAY = tradingDay(100)
const calendar = {
  firstPeriod: deliveryPeriod(firstPeriodOf(DAY) + 40),
  lastPeriod: deliveryPeriod(firstPeriodOf(DAY) + 130),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 120,
  challengeWindowSeconds: 900,
  correctionDelaySeconds: 3_600,
  finalDelaySeconds: 7_200,
}

describe('daysToTrade', () => {
  test('are today and tomorrow, from a day before trading begins until it ends', () => {
    expect(daysToTrade(calendar, startOfDay(DAY) - 86_401)).toEqual([])
    expect(daysToTrade(calendar, startOfDay(DAY) - 86_400)).toEqual([100])
    expect(daysToTrade(calendar, startOfDay(DAY))).toEqual([100, 101])
    expect(daysToTrade(calendar, startOfDay(DAY) + 86_400)).toEqual([101])
    expect(daysToTrade(calendar, startOfDay(DAY) + 2 * 86_400)).toEqual([])
  })
})
