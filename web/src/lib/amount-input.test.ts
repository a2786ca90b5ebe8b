import { describe, expect, test } from 'vitest'
import { parseDecimal, typedDecimal } from './amount-input.ts'

describe('parseDecimal', () => {
  test('reads points and commas, without a float', () => {
    expect(parseDecimal('0.25', 6)).toBe(250_000n)
    expect(parseDecimal(' 0,25 ', 6)).toBe(250_000n)
    expect(parseDecimal('-.1', 6)).toBe(-100_000n)
    expect(parseDecimal('9007199254740993', 3)).toBe(9_007_199_254_740_993_000n)
  })

  test('refuses what is no number, ambiguous or too fine', () => {
    for (const text of ['', '-', '.', '1,000.5', '1e3', '0x1', 'ten', '0.0000001']) {
      expect(parseDecimal(text, 6)).toBeNull()
    }
  })
})

test('typedDecimal is read back as it was', () => {
  expect(typedDecimal(250_000n, 6)).toBe('0.25')
  expect(typedDecimal(-3_000_000n, 6)).toBe('-3')
  for (const value of [0n, 1n, -1n, 123_456_789n]) expect(parseDecimal(typedDecimal(value, 6), 6)).toBe(value)
})
