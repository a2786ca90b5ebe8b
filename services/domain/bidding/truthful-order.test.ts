import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rate, signedWh } from '../units.ts'
import { truthfulOrderOf } from './truthful-order.ts'

const tariff = { retail: rate(250_050n), feedIn: rate(80_050n) }

describe('truthfulOrderOf', () => {
  test('bids for an expected deficit up to the tick at or below the retail tariff', () => {
    expect(truthfulOrderOf(signedWh(1_200n), tariff)).toEqual({ side: 'bid', quantity: 1_200n, limitPrice: 250_000n })
  })

  test('offers an expected surplus from the tick at or above the feed-in tariff', () => {
    expect(truthfulOrderOf(signedWh(-700n), tariff)).toEqual({ side: 'offer', quantity: 700n, limitPrice: 80_100n })
  })

  test('asks for nothing where nothing is expected to flow', () => {
    expect(truthfulOrderOf(signedWh(0n), tariff)).toBeNull()
  })

  test('never risks a price worse than the tariff, even where the tariff is negative', () => {
    const rates = fc.bigInt({ min: -400_000n, max: 3_000_000n })
    fc.assert(
      fc.property(rates, rates, fc.bigInt({ min: -10_000n, max: 10_000n }), (retail, feedIn, expectedNet) => {
        const order = truthfulOrderOf(signedWh(expectedNet), { retail: rate(retail), feedIn: rate(feedIn) })
        if (order?.side === 'bid') expect(order.limitPrice <= retail && retail - order.limitPrice < 100n).toBe(true)
        if (order?.side === 'offer') expect(order.limitPrice >= feedIn && order.limitPrice - feedIn < 100n).toBe(true)
        expect(order === null).toBe(expectedNet === 0n)
      }),
    )
  })
})
