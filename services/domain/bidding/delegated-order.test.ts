import { describe, expect, test } from 'vitest'
import { exposureOf } from '../market/exposure.ts'
import { energyWh, money, price, rate } from '../units.ts'
import { affordableOrderOf, delegatedOrderOf } from './delegated-order.ts'

const DELEGATION = {
  key: `0x${'11'.repeat(20)}`,
  mayBid: true,
  mayOffer: true,
  quantityLimit: energyWh(500n),
  lowestPrice: price(90_000n),
  highestPrice: price(250_000n),
  expiry: 1,
}
const bid = (quantity: bigint, limit: bigint) =>
  ({ side: 'bid', quantity: energyWh(quantity), limitPrice: price(limit) }) as const
const offer = (quantity: bigint, limit: bigint) =>
  ({ side: 'offer', quantity: energyWh(quantity), limitPrice: price(limit) }) as const

describe('delegatedOrderOf', () => {
  test('is the order itself where it is within the limits', () => {
    expect(delegatedOrderOf(bid(500n, 250_000n), DELEGATION)).toEqual(bid(500n, 250_000n))
    expect(delegatedOrderOf(offer(500n, 90_000n), DELEGATION)).toEqual(offer(500n, 90_000n))
  })

  test('never is for more, never pays more and never takes less', () => {
    expect(delegatedOrderOf(bid(501n, 295_000n), DELEGATION)).toEqual(bid(500n, 250_000n))
    expect(delegatedOrderOf(offer(501n, 80_000n), DELEGATION)).toEqual(offer(500n, 90_000n))
  })

  test('is none where every price within the limits would be against what it is worth', () => {
    expect(delegatedOrderOf(bid(1n, 89_900n), DELEGATION)).toBeNull()
    expect(delegatedOrderOf(offer(1n, 250_100n), DELEGATION)).toBeNull()
  })

  test('is none for a side that is not delegated', () => {
    expect(delegatedOrderOf(bid(1n, 100_000n), { ...DELEGATION, mayBid: false })).toBeNull()
    expect(delegatedOrderOf(offer(1n, 100_000n), { ...DELEGATION, mayOffer: false })).toBeNull()
  })
})

describe('affordableOrderOf', () => {
  const RATES = { retail: rate(300_000n), feedIn: rate(80_000n), platformFee: rate(5_000n) }

  test('is the order itself where the allowance covers it', () => {
    expect(affordableOrderOf(bid(1_000n, 200_000n), money(205_000n), RATES)).toEqual(bid(1_000n, 200_000n))
  })

  test('is as much of it as the allowance covers', () => {
    expect(affordableOrderOf(bid(1_000n, 200_000n), money(102_500n), RATES)).toEqual(bid(500n, 200_000n))
    expect(affordableOrderOf(offer(1_000n, 100_000n), money(50_000n), RATES)).toEqual(offer(250n, 100_000n))
    for (let allowance = 205n; allowance < 205_000n; allowance += 997n) {
      const smaller = affordableOrderOf(bid(1_000n, 200_000n), money(allowance), RATES)!
      expect(exposureOf(smaller, RATES)).toBeLessThanOrEqual(allowance)
      expect(exposureOf({ ...smaller, quantity: energyWh(smaller.quantity + 1n) }, RATES)).toBeGreaterThan(allowance)
    }
  })

  test('is none where the allowance does not cover a Wh', () => {
    expect(affordableOrderOf(bid(1_000n, 200_000n), money(204n), RATES)).toBeNull()
    expect(affordableOrderOf(bid(1_000n, 200_000n), money(0n), RATES)).toBeNull()
  })
})
