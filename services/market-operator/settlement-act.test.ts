import { describe, expect, test } from 'vitest'
import type { Calendar } from '../domain/grid/calendar.ts'
import { deliveryPeriod, endOfDay, tradingDay } from '../domain/units.ts'
import { settlementActOf, type LastRun } from './settlement-act.ts'

const DAY = tradingDay(20_000)
const OVER = endOfDay(DAY)
const calendar: Calendar = {
  firstPeriod: deliveryPeriod(0),
  lastPeriod: deliveryPeriod(2 ** 32 - 1),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 600,
  challengeWindowSeconds: 1_000,
  correctionDelaySeconds: 5_000,
  finalDelaySeconds: 9_000,
}
const after = (seconds: number, last: LastRun | null) => settlementActOf(calendar, DAY, last, OVER + seconds)
const done = (run: LastRun['run'], isPaid: boolean): LastRun => ({ run, committedAt: OVER + 100, isPaid })

describe('the settlement of a day', () => {
  test('begins when the day is over', () => {
    expect(after(-1, null)).toEqual({ kind: 'wait', until: OVER })
    expect(after(0, null)).toEqual({ kind: 'commit', run: 'initial' })
  })

  test('pays a run once its challenge window is over, and commits no other before', () => {
    expect(after(1_099, done('initial', false))).toEqual({ kind: 'wait', until: OVER + 1_100 })
    expect(after(1_100, done('initial', false))).toEqual({ kind: 'pay', run: 'initial' })
    expect(after(99_999, done('initial', false))).toEqual({ kind: 'pay', run: 'initial' })
  })

  test('goes on with the corrected and the final run after their delays', () => {
    expect(after(4_999, done('initial', true))).toEqual({ kind: 'wait', until: OVER + 5_000 })
    expect(after(5_000, done('initial', true))).toEqual({ kind: 'commit', run: 'corrected' })
    expect(after(8_999, done('corrected', true))).toEqual({ kind: 'wait', until: OVER + 9_000 })
    expect(after(9_000, done('corrected', true))).toEqual({ kind: 'commit', run: 'final' })
  })

  test('leaves the corrected run out where the final one is due', () => {
    expect(after(9_000, done('initial', true))).toEqual({ kind: 'commit', run: 'final' })
  })

  test('ends with the final run’s payment', () => {
    expect(after(9_500, done('final', false))).toEqual({ kind: 'pay', run: 'final' })
    expect(after(9_500, done('final', true))).toEqual({ kind: 'none' })
  })
})
