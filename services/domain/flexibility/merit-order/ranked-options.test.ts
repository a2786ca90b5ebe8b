import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, rate, signedW } from '../../units.ts'
import { FULL_ACTIVATION } from '../trading/activation-factor.ts'
import { flexPrice } from '../trading/flex-price.ts'
import { rankedOptions } from './ranked-options.ts'

const period = deliveryPeriod(1)
const request = {
  priceCap: rate(200_000n),
  periods: [
    { period, disposition: 'requested', minPower: signedW(-4_000n), maxPower: signedW(0n) },
    { period: deliveryPeriod(2), disposition: 'available', minPower: signedW(-1_000n), maxPower: signedW(1_000n) },
  ],
} as const
const product = { direction: 'consume-less' } as const
const optionOf = (reference: string, price: bigint, power: bigint, at = period) => ({
  ...{ reference, price: flexPrice(price), minActivationFactor: FULL_ACTIVATION },
  periods: [{ period: at, power: signedW(power) }],
})

describe('rankedOptions', () => {
  test('puts first what costs least for a kWh of effect, and not what costs least', () => {
    const ranked = rankedOptions(request, product, [
      { id: '1', effectPpm: 1_000_000, options: [optionOf('0', 100_000n, -2_000n)] },
      { id: '2', effectPpm: 500_000, options: [optionOf('0', 90_000n, -4_000n), optionOf('1', 300_000n, -4_000n)] },
    ])
    expect(
      ranked.map(({ id, option, effect, price, isWithinCap }) => [id, option.reference, effect, price, isWithinCap]),
    ).toEqual([
      ['2', '0', 500n, 180_000n, true],
      ['1', '0', 500n, 200_000n, true],
      ['2', '1', 500n, 600_000n, false],
    ])
  })

  test('puts last what has no effect in a requested period', () => {
    const ranked = rankedOptions(request, product, [
      { id: '1', effectPpm: 1_000_000, options: [optionOf('0', 0n, -1_000n, deliveryPeriod(2))] },
      { id: '2', effectPpm: 0, options: [optionOf('0', 0n, -1_000n)] },
      { id: '3', effectPpm: 1_000_000, options: [optionOf('0', 900_000n, -1_000n)] },
    ])
    expect(ranked.map(({ id, price }) => [id, price])).toEqual([
      ['3', 3_600_000n],
      ['1', null],
      ['2', null],
    ])
  })

  test('is the same in whichever sequence offers are given', () => {
    const offers = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 99 }).map(String),
        effectPpm: fc.integer({ min: 0, max: 1_000_000 }),
        options: fc
          .tuple(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: -50n, max: 0n }))
          .map(([price, power]) => [optionOf('0', price * 100n, power)]),
      }),
      { selector: ({ id }) => id },
    )
    fc.assert(
      fc.property(offers, (all) => {
        expect(rankedOptions(request, product, [...all].reverse())).toEqual(rankedOptions(request, product, all))
      }),
    )
  })
})
