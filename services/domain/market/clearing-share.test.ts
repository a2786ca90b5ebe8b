import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shareOf, takeShare } from './clearing-share.ts'

const LARGEST_QUANTITY = 2 ** 31 - 1

/** Orders at the price, and what is left for them: of any size from a Wh to 2^51 Wh, and from nothing to all of it. */
const shared = fc
  .tuple(
    fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 2 ** 30, max: LARGEST_QUANTITY })), {
      minLength: 1,
      maxLength: 40,
    }),
    fc.oneof(fc.constant(0n), fc.bigInt(0n, 2n ** 51n - 2n ** 37n)),
    fc.bigInt(0n, 2n ** 60n),
    fc.boolean(),
  )
  .map(([quantities, others, seed, isNearlyAll]) => {
    const atPrice = quantities.reduce((sum, quantity) => sum + BigInt(quantity), others)
    const part = seed % (atPrice + 1n)
    return { quantities, atPrice, rest: isNearlyAll ? atPrice - (part % 3n > atPrice ? atPrice : part % 3n) : part }
  })

describe('takeShare', () => {
  test('gives floor(C * rest / atPrice) less the same before, exactly, up to 2^51 Wh', () => {
    fc.assert(
      fc.property(shared, ({ quantities, atPrice, rest }) => {
        const share = shareOf(Number(rest), Number(atPrice))
        let asked = 0n
        for (const quantity of quantities) {
          const before = atPrice === 0n ? 0n : (asked * rest) / atPrice
          asked += BigInt(quantity)
          const after = atPrice === 0n ? 0n : (asked * rest) / atPrice
          expect(BigInt(takeShare(share, quantity))).toBe(after - before)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test('gives 2, 2 and 3 Wh of 7 to three orders of 10 Wh', () => {
    const share = shareOf(7, 30)
    expect([takeShare(share, 10), takeShare(share, 10), takeShare(share, 10)]).toEqual([2, 2, 3])
  })

  test('is exact beside whole numbers of Wh', () => {
    // The product is one short of a multiple of 2^51 - 1, so that the quotient lies 2^-51 below a whole number.
    const atPrice = 2 ** 51 - 1
    for (let quantity = LARGEST_QUANTITY - 2_000; quantity <= LARGEST_QUANTITY; quantity += 1) {
      for (const rest of [atPrice - 1, atPrice - 2, 2 ** 50, 2 ** 50 - 1]) {
        const share = shareOf(rest, atPrice)
        const exact = (BigInt(quantity) * BigInt(rest)) / BigInt(atPrice)
        expect(BigInt(takeShare(share, quantity))).toBe(exact)
        expect(BigInt(share.remainder)).toBe(BigInt(quantity) * BigInt(rest) - exact * BigInt(atPrice))
      }
    }
  })

  test('gives nothing to an order for nothing, even alone at the price', () => {
    expect(takeShare(shareOf(0, 0), 0)).toBe(0)
  })
})
