import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { powerW, rate } from '../../units.ts'
import { mostPriceOf, offerPriceOf, unitPriceOf } from './offer-price.ts'

describe('unitPriceOf', () => {
  test('leaves members what they ask after the fee, and pays suppliers out of the fee', () => {
    const terms = { feePermille: 500, compensation: rate(100_000n), marginPermille: 0 }
    expect(unitPriceOf(rate(40_000n), terms)).toBe(200_000n)
    expect(unitPriceOf(rate(150_000n), terms)).toBe(300_000n)
    expect(unitPriceOf(rate(150_000n), { ...terms, marginPermille: 100 })).toBe(330_000n)
  })

  test('knows no price where the fee leaves nothing to whom something is owed', () => {
    const refused = expect.objectContaining({ code: 'pool-fee-covers-nothing' }) as Error
    const terms = { feePermille: 0, compensation: rate(1n), marginPermille: 0 }
    expect(() => unitPriceOf(rate(1n), terms)).toThrow(refused)
    expect(() => unitPriceOf(rate(1n), { ...terms, feePermille: 1_000 })).toThrow(refused)
    expect(unitPriceOf(rate(1n), { ...terms, compensation: rate(-5n) })).toBe(1n)
  })

  test('always covers both, and is no more than a micro-euro above the dearer', () => {
    const amounts = fc.bigInt(0n, 1_000_000n)
    fc.assert(
      fc.property(amounts, amounts, fc.integer({ min: 1, max: 999 }), (ask, compensation, feePermille) => {
        const terms = { feePermille, compensation: rate(compensation), marginPermille: 0 }
        const price = unitPriceOf(rate(ask), terms)
        const [forMembers, forSuppliers] = [price * BigInt(1_000 - feePermille), price * BigInt(feePermille)]
        expect(forMembers >= ask * 1_000n && forSuppliers >= compensation * 1_000n).toBe(true)
        const [lessMembers, lessSuppliers] = [
          (price - 1n) * BigInt(1_000 - feePermille),
          (price - 1n) * BigInt(feePermille),
        ]
        if (price > 0n) expect(lessMembers < ask * 1_000n || lessSuppliers < compensation * 1_000n).toBe(true)
      }),
    )
  })
})

test('offerPriceOf rounds up to four decimals of a euro, and mostPriceOf down', () => {
  const powers = [powerW(1_000n), powerW(3_000n)]
  expect(offerPriceOf(rate(200_000n), powers)).toBe(200_000n)
  expect(offerPriceOf(rate(200_001n), powers)).toBe(200_100n)
  expect(mostPriceOf({ priceCap: rate(200_099n), effectPpm: 1_000_000 }, powers)).toBe(200_000n)
  expect(mostPriceOf({ priceCap: rate(200_000n), effectPpm: 500_000 }, powers)).toBe(100_000n)
})
