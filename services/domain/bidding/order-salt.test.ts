import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orderSaltOf } from './order-salt.ts'

describe('orderSaltOf', () => {
  test('is the revision before 48 bits of the secret', () => {
    expect(orderSaltOf(0, `0x${'ff'.repeat(32)}`)).toBe(0xffff_ffff_ffffn)
    expect(orderSaltOf(3, '0x0000000000ab')).toBe((3n << 48n) | 0xabn)
  })

  test('grows with the revision whatever the secrets are, and fits into 64 bits', () => {
    const secret = fc.bigInt(0n, 2n ** 256n - 1n).map((value) => `0x${value.toString(16)}`)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_534 }), secret, secret, (revision, one, other) => {
        const earlier = orderSaltOf(revision, one)
        const later = orderSaltOf(revision + 1, other)
        expect(later > earlier && later < 2n ** 64n).toBe(true)
      }),
    )
  })
})
