import { describe, expect, test } from 'vitest'
import { isTimestamp } from './timestamp.ts'

describe('isTimestamp', () => {
  test.each([
    '2026-11-27T06:00:00Z',
    '2024-02-29T23:59:59.123Z',
    '2026-11-27T06:00:00+05:30',
    '2026-11-27T06:00:00.000000001-12:00',
  ])('takes %s', (text) => expect(isTimestamp(text)).toBe(true))

  test.each([
    '2026-11-27',
    '2026-11-27T06:00:00',
    '2026-11-27 06:00:00Z',
    '2026-02-29T06:00:00Z',
    '2026-13-01T06:00:00Z',
    '2026-11-31T06:00:00Z',
    '2026-11-27T24:00:00Z',
    '2026-11-27T06:60:00Z',
    '2026-11-27T06:00:60Z',
    '2026-11-27T06:00:00+15:00',
    '2026-11-27T06:00:00+05:60',
    '1795759642',
    'yesterday',
    ' 2026-11-27T06:00:00Z',
  ])('refuses %s', (text) => expect(isTimestamp(text)).toBe(false))
})
