import { describe, expect, test } from 'vitest'
import { formatEuro, formatKwh, formatPrice } from './amounts.ts'

describe('amounts in the log', () => {
  test('are energy in kWh to the Wh', () => {
    expect(formatKwh(1_234_567n)).toBe('1,234.567 kWh')
    expect(formatKwh(7n)).toBe('0.007 kWh')
  })

  test('are prices in EUR/kWh to the tick, also negative ones', () => {
    expect(formatPrice(190_000n)).toBe('0.1900 EUR/kWh')
    expect(formatPrice(-500_000n)).toBe('-0.5000 EUR/kWh')
    expect(formatPrice(-100n)).toBe('-0.0001 EUR/kWh')
  })

  test('are money in EUR to the micro-euro', () => {
    expect(formatEuro(1_000_000_001n)).toBe('1,000.000001 EUR')
    expect(formatEuro(-42n)).toBe('-0.000042 EUR')
  })
})
