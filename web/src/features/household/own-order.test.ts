import { describe, expect, test } from 'vitest'
import { orderSaltOf } from '../../../../services/domain/bidding/order-salt.ts'
import { orderOf, saltOf, type OwnOrder } from './own-order.ts'

const WISH: OwnOrder = { memberId: 7, area: 1, period: 100, side: 'bid', quantity: '1,25', limitPrice: '0.2131' }

describe('orderOf', () => {
  test('reads kWh and euro per kWh, and stands until its quarter-hour begins', () => {
    expect(orderOf(WISH, 17, 5n)).toEqual({
      trader: 17,
      area: 1,
      deliveryPeriod: 100,
      side: 'bid',
      quantity: 1_250n,
      limitPrice: 213_100n,
      expiry: 90_000,
      salt: 5n,
    })
  })

  test('takes nothing, which cancels, and a price below zero', () => {
    expect(orderOf({ ...WISH, quantity: '0', limitPrice: '-0.05' }, 17, 5n)).toMatchObject({
      quantity: 0n,
      limitPrice: -50_000n,
    })
  })

  test.each([
    ['less than nothing', { quantity: '-1' }],
    ['less than a Wh', { quantity: '0.0001' }],
    ['words', { quantity: 'much' }],
    ['a price off the tick', { limitPrice: '0.21314' }],
    ['a price out of range', { limitPrice: '4.01' }],
  ])('refuses %s', (_, change) => {
    expect(() => orderOf({ ...WISH, ...change }, 17, 5n)).toThrow()
  })
})

test('a person’s order counts before those of its agent, and before its own earlier ones', () => {
  const now = Date.UTC(2026, 10, 27)
  const lastRevision = 2 ** 15 - 1
  expect(saltOf(now, 0)).toBeGreaterThan(orderSaltOf(lastRevision, `0x${'ff'.repeat(6)}`))
  expect(saltOf(now + 1, 0)).toBeGreaterThan(saltOf(now, 2 ** 32 - 1))
  expect(saltOf(now, 2 ** 32 - 1)).toBeLessThan(2n ** 64n)
})
