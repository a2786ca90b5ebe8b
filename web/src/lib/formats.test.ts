import { describe, expect, test } from 'vitest'
import {
  countOf,
  decimalOf,
  formatAge,
  formatDuration,
  formatEnergy,
  formatMoney,
  formatPeriod,
  formatPower,
  formatPrice,
  percentOf,
  shortenHash,
} from './formats.ts'

describe('decimalOf', () => {
  test('keeps every digit of an amount that a float cannot hold', () => {
    expect(decimalOf(9_007_199_254_740_993_123n, 6)).toBe('9007199254740.993123')
  })

  test('fills up small amounts with zeros, and keeps the sign', () => {
    expect(decimalOf(-42n, 6)).toBe('-0.000042')
    expect(decimalOf(0n, 3)).toBe('0.000')
  })
})

describe('formatEnergy', () => {
  test('writes Wh in kWh, the coarser the larger', () => {
    expect(formatEnergy(3_217n)).toBe('3.22')
    expect(formatEnergy(32_170n)).toBe('32.2')
    expect(formatEnergy(3_217_000n)).toBe('3,217')
  })

  test('writes every Wh when exact', () => {
    expect(formatEnergy(3_217n, 'exact')).toBe('3.217')
    expect(formatEnergy(1n, 'exact')).toBe('0.001')
  })
})

describe('formatPrice', () => {
  test('writes a price on its tick in four digits, and a rate beside the tick in all of them', () => {
    expect(formatPrice(150_000n)).toBe('€0.1500')
    expect(formatPrice(286_050n)).toBe('€0.28605')
  })

  test('shows that a price is negative', () => {
    expect(formatPrice(-20_000n)).toBe('-€0.0200')
  })
})

describe('formatMoney', () => {
  test('writes cents, hundredths of a cent, or micro-euro', () => {
    expect(formatMoney(1_234_567n)).toBe('€1.23')
    expect(formatMoney(1_234_567n, 'fine')).toBe('€1.2346')
    expect(formatMoney(1_234_567n, 'exact')).toBe('€1.234567')
  })

  test('does not write less than a cent as nothing', () => {
    expect(formatMoney(4_200n)).toBe('€0.0042')
    expect(formatMoney(0n)).toBe('€0.00')
  })
})

test('formatPower writes W in kW', () => {
  expect(formatPower(17_250n)).toBe('17.3')
})

test('formatPeriod writes the two ends of a quarter-hour', () => {
  const [from, to] = formatPeriod(1_994_640).split('–')
  const minutes = (time = '') => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  expect((minutes(to) - minutes(from) + 1440) % 1440).toBe(15)
})

describe('formatDuration', () => {
  test('names its units, so that it is not taken for a time of day', () => {
    expect(formatDuration(40)).toBe('40 s')
    expect(formatDuration(245)).toBe('4 min 05 s')
    expect(formatDuration(300)).toBe('5 min')
    expect(formatDuration(3_840)).toBe('1 h 04 min')
  })

  test('stops at zero', () => {
    expect(formatDuration(-3)).toBe('0 s')
  })
})

test('formatAge is coarser the older it gets', () => {
  expect([1, 12, 200, 7_300].map(formatAge)).toEqual(['just now', '12 s ago', '3 min ago', '2 h ago'])
})

test('countOf chooses the word by the number', () => {
  expect(countOf(1, 'order')).toBe('1\u00a0order')
  expect(countOf(0, 'order')).toBe('0\u00a0orders')
  expect(countOf(2, 'of them has', 'of them have')).toBe('2\u00a0of them have')
})

test('shortenHash keeps both ends, and leaves what is short', () => {
  expect(shortenHash(`0x1234${'0'.repeat(56)}cdef`)).toBe('0x1234…cdef')
  expect(shortenHash('0x1234')).toBe('0x1234')
})

test('percentOf rounds down, and knows no share of nothing', () => {
  expect(percentOf(2n, 3n)).toBe(66)
  expect(percentOf(0n, 0n)).toBeNull()
})
