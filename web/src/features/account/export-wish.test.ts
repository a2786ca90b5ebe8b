import { describe, expect, test } from 'vitest'
import { exportAddress } from './export-wish.ts'

describe('exportAddress', () => {
  test('names the delivery periods of the days, the last one included', () => {
    const parameters = new URL(exportAddress(7, 'green-button', '2026-11-26', '2026-11-27'), 'http://localhost')
      .searchParams
    expect(parameters.get('format')).toBe('green-button')
    expect(parameters.has('table')).toBe(false)
    expect(Number(parameters.get('to')) - Number(parameters.get('from'))).toBe(2 * 96 - 1)
  })

  test('asks for a table as CSV', () => {
    expect(exportAddress(7, 'payments', '2026-11-26', '2026-11-26')).toContain('format=csv&table=payments&')
  })

  test('refuses days that are none, or the wrong way round', () => {
    for (const [first, last] of [
      ['', '2026-11-26'],
      ['2026-11-27', '2026-11-26'],
      ['soon', 'later'],
    ] as const) {
      expect(() => exportAddress(7, 'orders', first, last)).toThrow('Choose a first day')
    }
  })
})
