import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { energyWh, LOWEST_PRICE, price, rate } from '../units.ts'
import { exposureOf } from './exposure.ts'

const rates = { retail: rate(300_000n), feedIn: rate(80_000n), platformFee: rate(0n) }
const bid = (quantity: bigint, limit: bigint) => exposureOf(orderOf('bid', quantity, limit), rates)
const offer = (quantity: bigint, limit: bigint) => exposureOf(orderOf('offer', quantity, limit), rates)
const orderOf = (side: 'bid' | 'offer', quantity: bigint, limit: bigint) => ({
  side,
  quantity: energyWh(quantity),
  limitPrice: price(limit),
})

describe('exposureOf', () => {
  test('of a bid is what it pays at its limit', () => {
    expect(bid(1_500n, 200_000n)).toBe(300_000n)
  })

  test('of a bid below zero is nothing but what selling on at a worse feed-in would lose', () => {
    expect(bid(1_500n, -100n)).toBe(0n)
    const negative = { retail: rate(0n), feedIn: rate(-50_000n), platformFee: rate(0n) }
    expect(exposureOf(orderOf('bid', 1_000n, -10_000n), negative)).toBe(40_000n)
  })

  test('of a bid counts the fee on what it buys, and of an offer none', () => {
    const withFee = { ...rates, platformFee: rate(5_000n) }
    expect(exposureOf(orderOf('bid', 2_000n, 200_000n), withFee)).toBe(410_000n)
    expect(exposureOf(orderOf('bid', 2_000n, -4_000n), withFee)).toBe(2_000n)
    expect(exposureOf(orderOf('offer', 2_000n, 80_000n), withFee)).toBe(440_000n)
  })

  test('of an offer is what buying instead of delivering costs above its limit', () => {
    expect(offer(2_000n, 80_000n)).toBe(440_000n)
    expect(offer(2_000n, 300_000n)).toBe(0n)
  })

  test('of an offer below zero is what it may have to pay and to buy', () => {
    expect(offer(2_000n, -100_000n)).toBe(800_000n)
    const negative = { retail: rate(-200_000n), feedIn: rate(-300_000n), platformFee: rate(0n) }
    expect(exposureOf(orderOf('offer', 2_000n, -100_000n), negative)).toBe(200_000n)
  })

  test('rounds up, and is nothing for nothing', () => {
    expect(bid(1n, 100n)).toBe(1n)
    expect(bid(1n, 1_000n)).toBe(1n)
    expect(bid(1n, 1_100n)).toBe(2n)
    expect(bid(0n, 4_000_000n)).toBe(0n)
  })

  test('covers whatever a filled order can cost at any price and delivery', () => {
    const tick = fc.integer({ min: 0, max: 45_000 }).map((number) => price(LOWEST_PRICE + BigInt(number) * 100n))
    const supplierRate = fc.bigInt(-500_000n, 4_000_000n)
    const book = fc.record({
      side: fc.constantFrom('bid' as const, 'offer' as const),
      quantity: fc.bigInt(0n, 2n ** 31n - 1n).map(energyWh),
      limitPrice: tick,
      clearingPrice: tick,
      supplierRates: fc.tuple(supplierRate, supplierRate),
      fee: fc.bigInt(0n, 8_000_000n),
      isDelivered: fc.boolean(),
    })
    fc.assert(
      fc.property(book, ({ side, quantity, limitPrice, clearingPrice, supplierRates, fee, isDelivered }) => {
        const isFilled = side === 'bid' ? clearingPrice <= limitPrice : clearingPrice >= limitPrice
        fc.pre(isFilled)
        const [feedIn, retail] = supplierRates.toSorted((one, other) => (one < other ? -1 : 1)) as [bigint, bigint]
        const undelivered = isDelivered ? 0n : quantity
        const nanoEuro =
          side === 'bid'
            ? quantity * (clearingPrice + fee) - undelivered * feedIn
            : undelivered * retail - quantity * clearingPrice
        const tariff = { retail: rate(retail), feedIn: rate(feedIn), platformFee: rate(fee) }
        const exposure = exposureOf({ side, quantity, limitPrice }, tariff)
        expect(exposure * 1_000n >= nanoEuro).toBe(true)
      }),
    )
  })
})
