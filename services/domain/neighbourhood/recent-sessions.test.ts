import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../units.ts'
import { nextToCloseOf, recentSessionsOf } from './recent-sessions.ts'

const calendar = {
  firstPeriod: deliveryPeriod(100),
  lastPeriod: deliveryPeriod(110),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 600,
  challengeWindowSeconds: 3_600,
  correctionDelaySeconds: 86_400,
  finalDelaySeconds: 172_800,
}

describe('nextToCloseOf', () => {
  test('is the session after the one that starts within the lead', () => {
    expect(nextToCloseOf(calendar, 104 * 900 - 301)).toBe(104)
    expect(nextToCloseOf(calendar, 104 * 900 - 300)).toBe(105)
  })

  test('is the first session long before the calendar begins', () => {
    expect(nextToCloseOf(calendar, 0)).toBe(100)
  })

  test('is null once the last gate closed', () => {
    expect(nextToCloseOf(calendar, 110 * 900 - 300)).toBeNull()
  })
})

describe('recentSessionsOf', () => {
  test('begins with the session whose gate closes next', () => {
    expect(recentSessionsOf(calendar, 104 * 900, { limit: 3 })).toEqual({ newest: 105, oldest: 103, hasOlder: true })
  })

  test('goes on below the cursor until the first session', () => {
    expect(recentSessionsOf(calendar, 104 * 900, { before: 103, limit: 3 })).toEqual({
      newest: 102,
      oldest: 100,
      hasOlder: false,
    })
    expect(recentSessionsOf(calendar, 104 * 900, { before: 100, limit: 3 })).toBeNull()
  })

  test('never goes beyond what has begun, whatever the cursor', () => {
    expect(recentSessionsOf(calendar, 104 * 900, { before: 109, limit: 1 })?.newest).toBe(105)
    expect(recentSessionsOf(calendar, 200 * 900, { limit: 1 })?.newest).toBe(110)
  })
})
