import { describe, expect, test } from 'vitest'
import { afterPoll, isDue } from './poll-schedule.ts'

const state = { dueAt: 1_000, failures: 0, lastPeriod: 5 }
const during = (period: number, ms: number) => ({ ms, ledgerMs: period * 900_000 + 1 })

describe('isDue', () => {
  test('waits for the interval', () => {
    expect(isDue(state, 'battery', during(5, 999))).toBe(false)
    expect(isDue(state, 'battery', during(5, 1_000))).toBe(true)
  })

  test('asks every device once a delivery period has ended', () => {
    expect(isDue(state, 'meter', during(6, 0))).toBe(true)
    expect(isDue(state, 'battery', during(6, 0))).toBe(true)
    expect(isDue(state, 'meter', during(4, 0))).toBe(false)
  })

  test('asks a meter then even where it did not answer, and leaves others in peace', () => {
    const silent = { ...state, failures: 3 }
    expect(isDue(silent, 'meter', during(6, 0))).toBe(true)
    expect(isDue(silent, 'battery', during(6, 0))).toBe(false)
  })
})

describe('afterPoll', () => {
  test('waits twice as long after each failure, to 5 minutes, and the interval after an answer', () => {
    let current = state
    const waits = []
    for (let failure = 0; failure < 7; failure += 1) {
      current = afterPoll(current, { hasAnswered: false, nowMs: 0, intervalMs: 10_000 })
      waits.push(current.dueAt / 1_000)
    }
    expect(waits).toEqual([20, 40, 80, 160, 300, 300, 300])
    expect(afterPoll(current, { hasAnswered: true, nowMs: 7, intervalMs: 10_000 })).toEqual({
      dueAt: 10_007,
      failures: 0,
      lastPeriod: 5,
    })
  })

  test('never asks more often for a failure than at the interval', () => {
    expect(afterPoll(state, { hasAnswered: false, nowMs: 0, intervalMs: 3_600_000 }).dueAt).toBe(3_600_000)
  })
})
