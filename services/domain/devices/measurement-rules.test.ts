import { describe, expect, test } from 'vitest'
import { DomainError } from '../errors.ts'
import { checkValue, measuredTimeOf } from './measurement-rules.ts'
import { QUANTITIES, type Quantity } from './quantity.ts'

const NOW = 1_800_000_000_000
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof DomainError) return error.code
  }
  return 'nothing'
}

describe('checkValue', () => {
  test.each<[Quantity, bigint, bigint]>([
    ['active-power', 22_000n, 22_001n],
    ['active-power', -22_000n, -22_001n],
    ['import-register', 999_999_999_999_999n, 1_000_000_000_000_000n],
    ['export-register', 0n, -1n],
    ['voltage', 230_000n, 230_000_000n],
    ['frequency', 50_000n, 50_000_000n],
    ['state-of-charge', 1_000n, 1_001n],
    ['switch', 1n, 2n],
    ['temperature', -273_150n, -273_151n],
  ])('takes %s of %s, and refuses %s', (quantity, good, bad) => {
    expect(codeOf(() => checkValue({ quantity, value: good }, 11_000))).toBe('nothing')
    expect(codeOf(() => checkValue({ quantity, value: bad }, 11_000))).toBe('measurement-implausible')
  })

  test('bounds power of a device whose rating nobody knows too', () => {
    expect(codeOf(() => checkValue({ quantity: 'active-power', value: 10_000_001n }, 0))).toBe(
      'measurement-implausible',
    )
  })

  test('bounds every quantity', () => {
    for (const quantity of QUANTITIES) {
      expect(codeOf(() => checkValue({ quantity, value: 10n ** 16n }, 1_000))).toBe('measurement-implausible')
    }
  })
})

describe('measuredTimeOf', () => {
  test('is when it came where the device does not say, or is a little ahead', () => {
    expect(measuredTimeOf(null, NOW)).toEqual({ atMs: NOW, isDoubtful: false })
    expect(measuredTimeOf(NOW + 5_000, NOW)).toEqual({ atMs: NOW, isDoubtful: false })
    expect(measuredTimeOf(NOW + 5_001, NOW)).toEqual({ atMs: NOW, isDoubtful: true })
    expect(measuredTimeOf(NOW - 60_000, NOW)).toEqual({ atMs: NOW - 60_000, isDoubtful: false })
  })

  test('refuses what a wrong clock says', () => {
    expect(codeOf(() => measuredTimeOf(NOW + 300_001, NOW))).toBe('measurement-from-the-future')
    expect(codeOf(() => measuredTimeOf(NOW - 3 * 86_400_000 - 1, NOW))).toBe('measurement-too-old')
    expect(codeOf(() => measuredTimeOf(0, NOW))).toBe('measurement-too-old')
  })
})
