import { describe, expect, test } from 'vitest'
import { eventForTest } from './event-for-test.ts'
import { createPauses } from './pauses.ts'

function pausesWith(...acts: readonly (readonly [time: number, name: string, area: number, until?: number])[]) {
  const pauses = createPauses()
  for (const [time, name, area, until] of acts) {
    pauses.see(eventForTest('tradingPause', name, { area, ...(until === undefined ? {} : { until }) }, { time }))
  }
  return pauses
}

describe('createPauses', () => {
  test('begins with the next second, ends by itself, and is of one area', () => {
    const pauses = pausesWith([100, 'TradingPaused', 1, 200])
    const times = [100, 101, 199, 200]
    expect(times.map((time) => pauses.isPausedAt(1, time))).toEqual([false, true, true, false])
    expect(pauses.isPausedAt(2, 150)).toBe(false)
    expect(pauses.pausedUntil(1, 199)).toBe(200)
    expect(pauses.pausedUntil(1, 200)).toBe(0)
  })

  test('keeps what was, whatever comes', () => {
    const pauses = pausesWith(
      [100, 'TradingPaused', 0, 200],
      [150, 'PauseEnded', 0],
      [160, 'TradingPaused', 0, 170],
      [165, 'PauseExtended', 0, 300],
    )
    const times = [150, 151, 160, 161, 299, 300]
    expect(times.map((time) => pauses.isPausedAt(7, time))).toEqual([true, false, false, true, true, false])
  })

  test('is undone by an end in the same second', () => {
    expect(pausesWith([100, 'TradingPaused', 1, 200], [100, 'PauseEnded', 1]).isPausedAt(1, 101)).toBe(false)
  })

  test('finds what no contract of ours would do', () => {
    expect(() => pausesWith([100, 'PauseEnded', 1])).toThrow('PauseEnded of area 1, which was not paused')
    expect(() => pausesWith([100, 'TradingPaused', 1, 200], [110, 'TradingPaused', 1, 300])).toThrow('was paused')
    expect(() => pausesWith([100, 'TradingPaused', 1, 102 + 72 * 3_600])).toThrow('more than 72 hours')
  })
})
