import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, money, price } from '../units.ts'
import { collateralOf, requireCovered } from './collateral.ts'

describe('collateralOf', () => {
  test('is quantity times limit for a bid, rounded up', () => {
    expect(collateralOf({ side: 'bid', quantity: energyWh(1_500n), limitPrice: price(200_000n) })).toBe(300_000n)
    expect(collateralOf({ side: 'bid', quantity: energyWh(1n), limitPrice: price(100n) })).toBe(1n)
  })

  test('is nothing for a bid below zero and for an offer above zero: they can only receive', () => {
    expect(collateralOf({ side: 'bid', quantity: energyWh(1_500n), limitPrice: price(-100n) })).toBe(0n)
    expect(collateralOf({ side: 'offer', quantity: energyWh(1_500n), limitPrice: price(200_000n) })).toBe(0n)
  })

  test('is what an offer below zero may have to pay', () => {
    expect(collateralOf({ side: 'offer', quantity: energyWh(2_000n), limitPrice: price(-100_000n) })).toBe(200_000n)
  })
})

describe('requireCovered', () => {
  const order = {
    area: 1,
    memberId: 3,
    deliveryPeriod: deliveryPeriod(100),
    side: 'bid' as const,
    quantity: energyWh(1_000n),
    limitPrice: price(200_000n),
    salt: 1n,
  }

  test("accepts a deposit of exactly the order's cost", () => {
    expect(() => requireCovered(order, money(200_000n))).not.toThrow()
  })

  test('refuses a deposit one micro-euro short', () => {
    expect(() => requireCovered(order, money(199_999n))).toThrowError(
      expect.objectContaining({ code: 'order-uncovered' }),
    )
  })
})
