import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../../domain/units.ts'
import { formatReceipt } from './receipt.ts'

describe('formatReceipt', () => {
  const reading = { deliveryPeriod: deliveryPeriod(9), sequence: 2 }

  test('says what became of the reading', () => {
    expect(formatReceipt({ reading, outcome: { status: 'accepted', isLate: false } })).toBe(
      '{"deliveryPeriod":9,"sequence":2,"status":"accepted"}',
    )
    expect(formatReceipt({ reading, outcome: { status: 'accepted', isLate: true } })).toBe(
      '{"deliveryPeriod":9,"sequence":2,"status":"accepted","late":true}',
    )
    expect(formatReceipt({ reading: null, outcome: { status: 'refused', code: 'c', reason: 'r' } })).toBe(
      '{"status":"refused","code":"c","reason":"r"}',
    )
  })
})
