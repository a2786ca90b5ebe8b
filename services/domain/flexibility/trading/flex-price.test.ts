import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { money } from '../../units.ts'
import { formatFlexAmount, parseFlexPrice } from './flex-price.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('parseFlexPrice', () => {
  test('reads euro with up to four decimals', () => {
    expect(['0', '12', '12.3', '12.3456', '0.0001'].map(parseFlexPrice)).toEqual([
      0n,
      12_000_000n,
      12_300_000n,
      12_345_600n,
      100n,
    ])
  })

  test.each(['12.34567', '-1', '1,5', '', '.5', '1.', '1e3', '100000.0001', ' 1'])('refuses "%s"', (text) => {
    expect(() => parseFlexPrice(text)).toThrow(withCode('flex-price-invalid'))
  })

  test('reads back what was written', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1_000_000_000n), (steps) => {
        const price = money(steps * 100n)
        expect(parseFlexPrice(formatFlexAmount(price))).toBe(price)
      }),
    )
  })

  test('writes negative amounts, and leaves out what is beyond four decimals', () => {
    expect([-22_000_000n, -1_234_567n, -99n, 1_999_999n].map((amount) => formatFlexAmount(money(amount)))).toEqual([
      '-22.0000',
      '-1.2345',
      '0.0000',
      '1.9999',
    ])
  })
})
