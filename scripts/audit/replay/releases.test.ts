import { describe, expect, test } from 'vitest'
import type { Areas } from './areas.ts'
import { eventForTest } from './event-for-test.ts'
import { createReleases } from './releases.ts'
import type { Runs } from './runs.ts'

const [AREA, DAY] = [1, 10]
const END = (DAY + 1) * 86_400
const [FINAL_DELAY, CHALLENGE_WINDOW] = [5_000, 1_000]

function releaseAt(time: number, calls: readonly string[], paidIn: string | null = null) {
  const areas = { calendarOf: () => ({ finalDelay: FINAL_DELAY, challengeWindow: CHALLENGE_WINDOW }) }
  const paid = paidIn === null ? null : { place: { transaction: paidIn } }
  const runs = { runOf: () => ({ paid }) }
  const releases = createReleases({ areas: areas as unknown as Areas, runs: runs as unknown as Runs })
  releases.see(eventForTest('tradingDays', 'DayReleased', { area: AREA, day: DAY }, { time, calls }))
  releases.endTransaction()
  return releases.unpaid
}

describe('createReleases', () => {
  test('takes a release in the transaction that paid the initial run', () => {
    expect(releaseAt(END, ['payRun'], '0xhash7')).toEqual([])
  })

  test('refuses one in any other', () => {
    expect(() => releaseAt(END, ['releaseDay'])).toThrow('without the payment of its initial run')
    expect(() => releaseAt(END + 9_000, ['releaseDay'])).toThrow('without the payment')
    expect(() => releaseAt(END + 9_000, ['releaseUnpaidDay'], '0xother')).toThrow('long after its initial run was paid')
  })

  test('takes one of an unpaid day when every deadline has passed, and keeps it for the report', () => {
    const from = END + FINAL_DELAY + CHALLENGE_WINDOW
    expect(() => releaseAt(from - 1, ['releaseUnpaidDay'])).toThrow('without the payment')
    expect(releaseAt(from, ['releaseUnpaidDay'])).toMatchObject([{ area: AREA, day: DAY }])
    expect(releaseAt(from, [])).toHaveLength(1)
  })
})
