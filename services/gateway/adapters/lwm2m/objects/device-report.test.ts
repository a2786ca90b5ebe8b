import { describe, expect, test } from 'vitest'
import { deviceReportOf } from './device-report.ts'

describe('deviceReportOf', () => {
  test('says who made the device, and how far its clock is ahead', () => {
    const entries = [
      { path: [3, 0, 0], value: 'Maker' },
      { path: [3, 0, 1], value: ' M-1\u0000\n' },
      { path: [3, 0, 2], value: 'x'.repeat(300) },
      { path: [3, 0, 3], value: '1.0' },
      { path: [3, 0, 13], value: 1_795_759_640n },
      { path: [3421, 0, 25], value: 1 },
    ] as const
    expect(deviceReportOf(entries, { nowMs: 1_795_759_642_900 })).toEqual({
      maker: 'Maker',
      model: 'M-1',
      serialNumber: 'x'.repeat(100),
      firmware: '1.0',
      clockOffsetMs: -2_000,
    })
  })

  test('says nothing of what the device does not tell, or cannot mean', () => {
    const entries = [
      { path: [3, 0, 0], value: '\u0007' },
      { path: [3, 0, 13], value: 2n ** 63n },
    ] as const
    expect(deviceReportOf(entries, { nowMs: 0 })).toEqual({})
  })
})
