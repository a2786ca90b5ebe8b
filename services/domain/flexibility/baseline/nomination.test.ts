import { describe, expect, test } from 'vitest'
import { deliveryPeriod, signedWh, startOf } from '../../units.ts'
import { activationOf, periodOn } from '../flows-for-test.ts'
import { baselineOf } from './baseline.ts'
import type { Nomination } from './nomination.ts'

const six = periodOn('2026-06-25', '18:00')
const quarterPast = deliveryPeriod(six + 1)
const HOUR = 3_600
const method = { name: 'nomination', gateClosureLeadSeconds: HOUR } as const

const nominated = (revision: number, committedAt: number, ...flows: bigint[]): Nomination => ({
  revision,
  committedAt,
  flows: new Map(flows.map((flow, index) => [deliveryPeriod(six + index), signedWh(flow)])),
})

const baselineFrom = (nominations: Nomination[], notifiedAt = startOf(six) - 600, activated = [six]) =>
  baselineOf(method, activationOf({ activated, notifiedAt, nominations }))

describe('nomination', () => {
  test('is what was committed before gate closure, signed as flows are', () => {
    const baseline = baselineFrom([nominated(1, startOf(six) - HOUR - 1, -400n)])
    expect(baseline).toMatchObject({
      version: 'nomination/1',
      periods: [{ period: six, baseline: -400n, unadjusted: -400n }],
      daysUsed: [],
      evidence: { nominations: [{ period: six, revision: 1, committedAt: startOf(six) - HOUR - 1 }] },
    })
  })

  test('is refused from gate closure on', () => {
    expect(() => baselineFrom([nominated(1, startOf(six) - HOUR, 400n)])).toThrow(
      expect.objectContaining({
        code: 'nomination-late',
        details: { period: six, committedAt: startOf(six) - HOUR, deadline: startOf(six) - HOUR },
      }),
    )
  })

  test('is refused after the notification, though the gate is open', () => {
    const notifiedAt = startOf(six) - 5 * HOUR
    expect(() => baselineFrom([nominated(1, notifiedAt, 400n)], notifiedAt)).toThrow(
      expect.objectContaining({ code: 'nomination-late' }),
    )
    expect(baselineFrom([nominated(1, notifiedAt - 1, 400n)], notifiedAt).periods[0]!.baseline).toBe(400n)
  })

  test('counts with its greatest revision that was in time, for each period by its own gate', () => {
    const early = nominated(1, startOf(six) - 3 * HOUR, 400n, 500n)
    const revised = nominated(2, startOf(six) - 2 * HOUR, 410n, 510n)
    const inTimeForTheSecond = nominated(3, startOf(six) - HOUR, 420n, 520n)
    const late = nominated(4, startOf(six), 9_000n, 9_000n)
    const { periods } = baselineFrom([late, early, inTimeForTheSecond, revised], undefined, [quarterPast, six])
    expect(periods.map(({ period, baseline }) => [period, baseline])).toEqual([
      [six, 410n],
      [quarterPast, 520n],
    ])
  })

  test('is refused where two claim to be the same revision, and where there is none for a period', () => {
    const at = startOf(six) - 2 * HOUR
    expect(() => baselineFrom([nominated(1, at, 400n), nominated(1, at, 500n)])).toThrow(
      expect.objectContaining({ code: 'nomination-ambiguous' }),
    )
    expect(() => baselineFrom([nominated(1, at, 400n)], undefined, [six, quarterPast])).toThrow(
      expect.objectContaining({
        code: 'nomination-missing',
        details: { period: quarterPast, deadline: startOf(quarterPast) - HOUR },
      }),
    )
    expect(() => baselineFrom([])).toThrow(expect.objectContaining({ code: 'nomination-missing' }))
  })
})
