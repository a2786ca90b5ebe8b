import { describe, expect, test } from 'vitest'
import { deliveryPeriod, signedWh } from '../../units.ts'
import type { Baseline } from './baseline.ts'
import { encodeBaselineSource } from './baseline-source.ts'
import type { LocalDay } from './local-calendar.ts'

const PERIOD = deliveryPeriod(1_900_000)
const DAY = '1970-01-12' as LocalDay
const FOUND = {
  version: 'nomination/1',
  periods: [{ period: PERIOD, baseline: signedWh(1n), unadjusted: signedWh(1n) }],
  daysUsed: [],
  passedOver: [],
} as const
const PASSED_OVER = { version: '10-of-10/1', code: 'baseline-too-few-days', details: {} } as const

describe('encodeBaselineSource', () => {
  test('names the method by its position among those of the product', () => {
    const nominated: Baseline = { ...FOUND, evidence: { kind: 'nomination', nominations: [] } }
    expect(encodeBaselineSource(nominated, PERIOD)).toBe('0x00')
    const level: Baseline = {
      ...FOUND,
      evidence: { kind: 'meter-before-meter-after', before: [], after: [] },
      passedOver: [PASSED_OVER, PASSED_OVER],
    }
    expect(encodeBaselineSource(level, PERIOD)).toBe('0x02')
  })

  test('lists the days that are used, and whether they were adjusted', () => {
    const evidence = {
      kind: 'similar-days',
      activatedDays: [
        {
          day: DAY,
          periods: [PERIOD],
          daysUsed: ['1970-01-02', '1970-01-11'] as LocalDay[],
          daysPassedOver: [],
          adjustment: { status: 'unadjusted', reason: 'no-ratio', window: [] },
        },
      ],
    } as const
    const baseline: Baseline = { ...FOUND, evidence }
    expect(encodeBaselineSource(baseline, PERIOD)).toBe('0x0002000000010000000a01')
    expect(() => encodeBaselineSource(baseline, deliveryPeriod(PERIOD + 1))).toThrow(RangeError)
  })

  test('hashes the evidence of a control group', () => {
    const day = { day: DAY, periods: [PERIOD], daysUsed: [], daysPassedOver: [], members: ['a'], membersLeftOut: [] }
    const ofShare = (numerator: bigint): Baseline => ({
      ...FOUND,
      evidence: { kind: 'control-group', activatedDays: [{ ...day, share: { numerator, denominator: 2n } }] },
    })
    expect(encodeBaselineSource(ofShare(1n), PERIOD)).toMatch(/^0x00[0-9a-f]{64}$/)
    expect(encodeBaselineSource(ofShare(1n), PERIOD)).not.toBe(encodeBaselineSource(ofShare(3n), PERIOD))
  })
})
