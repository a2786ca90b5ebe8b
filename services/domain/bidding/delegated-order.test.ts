import { describe, expect, test } from 'vitest'
import { energyWh, price } from '../units.ts'
import { delegatedOrderOf } from './delegated-order.ts'

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
