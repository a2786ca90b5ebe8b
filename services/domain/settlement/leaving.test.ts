import { describe, expect, test } from 'vitest'
import type { Calendar } from '../grid/calendar.ts'
import { deliveryPeriod, money, tradingDay, type TradingDay } from '../units.ts'
import { openMattersOf, type LeavingMember } from './leaving.ts'

const CALENDAR: Calendar = {
  firstPeriod: deliveryPeriod(0),
  lastPeriod: deliveryPeriod(96 * 3 - 1),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 600,
  challengeWindowSeconds: 3_600,
  correctionDelaySeconds: 7_200,
  finalDelaySeconds: 10_800,
}
const DAY = 86_400
const LEFT: LeavingMember = { activeUntil: DAY + 1, balance: money(0n), debt: money(0n) }

const openOf = (
  change: Partial<LeavingMember>,
  finished: readonly number[],
  {
    now = 5 * DAY,
    retentionDays = 0,
    unpaidFlexibility = null,
  }: { now?: number; retentionDays?: number; unpaidFlexibility?: TradingDay | null } = {},
) =>
  openMattersOf(
    { ...LEFT, ...change },
    { calendar: CALENDAR, finished: new Set(finished.map(tradingDay)), unpaidFlexibility, retentionDays, now },
  )

describe('openMattersOf', () => {
  test('is nothing once a member left, its days are settled for good and its money is gone', () => {
    expect(openOf({}, [0, 1])).toEqual([])
  })

  test('names the first day that is not settled for good, and until when at least', () => {
    expect(openOf({}, [])).toEqual([{ what: 'day 0 is not settled for good', until: DAY + 10_800 + 3_600 }])
    expect(openOf({}, [0])).toEqual([{ what: 'day 1 is not settled for good', until: 2 * DAY + 10_800 + 3_600 }])
  })

  test('names a day of which flexibility is committed and not paid', () => {
    expect(openOf({}, [0, 1], { unpaidFlexibility: tradingDay(1) })).toEqual([
      { what: 'flexibility of day 1 is not paid', until: null },
    ])
  })

  test('does not care for days after the member left, or after the last that is traded', () => {
    expect(openOf({ activeUntil: DAY - 1 }, [0])).toEqual([])
    expect(openOf({ activeUntil: 50 * DAY }, [0, 1, 2], { now: 60 * DAY })).toEqual([])
  })

  test('waits for who is a member still, or has money there, or owes some', () => {
    expect(openOf({ activeUntil: null }, [0, 1, 2]).map(({ until }) => until)).toEqual([null])
    expect(openOf({ balance: money(5n) }, [0, 1])).toEqual([
      { what: '5 micro-euro are deposited: withdraw them', until: null },
    ])
    expect(openOf({ debt: money(5n) }, [0, 1])).toEqual([{ what: '5 micro-euro are owed: pay them', until: null }])
  })

  test('keeps for as long as the law wants, to the second', () => {
    const until = DAY + 1 + 10 * DAY
    expect(openOf({}, [0, 1], { retentionDays: 10, now: until - 1 })).toEqual([
      { what: 'the law has records kept for 10 days', until },
    ])
    expect(openOf({}, [0, 1], { retentionDays: 10, now: until })).toEqual([])
  })
})
