import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linesOf, statementsOf } from '../settlement/statement.ts'
import { deliveryPeriod, energyWh, HIGHEST_PRICE, LOWEST_PRICE, price, rate, signedWh } from '../units.ts'
import { truthfulOrderOf } from './truthful-order.ts'

const tariff = { retail: rate(250_050n), feedIn: rate(80_050n), platformFee: rate(5_000n) }

describe('truthfulOrderOf', () => {
  test('bids for an expected deficit up to the tick at or below the retail tariff less the platform fee', () => {
    expect(truthfulOrderOf(signedWh(1_200n), tariff)).toEqual({ side: 'bid', quantity: 1_200n, limitPrice: 245_000n })
  })

  test('offers an expected surplus from the tick at or above the feed-in tariff, whatever the fee', () => {
    expect(truthfulOrderOf(signedWh(-700n), tariff)).toEqual({ side: 'offer', quantity: 700n, limitPrice: 80_100n })
  })

  test('asks for nothing where nothing is expected to flow', () => {
    expect(truthfulOrderOf(signedWh(0n), tariff)).toBeNull()
  })

  test('asks for nothing where every price would be worse than the tariff', () => {
    const beyond = { retail: rate(-496_000n), feedIn: rate(4_000_001n), platformFee: rate(5_000n) }
    expect(truthfulOrderOf(signedWh(1n), beyond)).toBeNull()
    expect(truthfulOrderOf(signedWh(-1n), beyond)).toBeNull()
  })

  test('never risks a price worse than the tariff, and leaves less than a tick of it', () => {
    const rates = fc.bigInt({ min: -8_388_608n, max: 8_388_607n })
    const fees = fc.bigInt({ min: 0n, max: 500_000n })
    fc.assert(
      fc.property(rates, rates, fees, fc.bigInt({ min: -9n, max: 9n }), (retail, feedIn, platformFee, net) => {
        const rated = { retail: rate(retail), feedIn: rate(feedIn), platformFee: rate(platformFee) }
        const order = truthfulOrderOf(signedWh(net), rated)
        if (order?.side === 'bid') {
          const room = retail - platformFee - order.limitPrice
          expect(room >= 0n && (room < 100n || order.limitPrice === HIGHEST_PRICE)).toBe(true)
        }
        if (order?.side === 'offer') {
          const room = order.limitPrice - feedIn
          expect(room >= 0n && (room < 100n || order.limitPrice === LOWEST_PRICE)).toBe(true)
        }
        if (net === 0n) expect(order).toBeNull()
      }),
    )
  })

  test('never makes a household with a perfect forecast pay more than not trading, even at its own limit', () => {
    const households = fc.record({
      feedIn: fc.bigInt({ min: -600_000n, max: 3_000_000n }),
      spread: fc.bigInt({ min: 0n, max: 900_000n }),
      gridLocal: fc.bigInt({ min: 0n, max: 100_000n }),
      levy: fc.bigInt({ min: 0n, max: 100_000n }),
      platformFee: fc.bigInt({ min: 0n, max: 100_000n }),
      quantity: fc.bigInt({ min: 1n, max: 100_000n }),
      side: fc.constantFrom(1n, -1n),
    })
    fc.assert(
      fc.property(households, ({ feedIn, spread, gridLocal, levy, platformFee, quantity, side }) => {
        const rated = {
          retail: rate(feedIn + spread),
          feedIn: rate(feedIn),
          grid: rate(gridLocal + 7n),
          gridLocal: rate(gridLocal),
          levy: rate(levy),
          platformFee: rate(platformFee),
        }
        const order = truthfulOrderOf(signedWh(side * quantity), rated)
        if (order === null) return
        const neighbour = { memberId: 11, side: order.side === 'bid' ? 'offer' : 'bid', filled: quantity } as const
        const statement = statementsOf({
          period: deliveryPeriod(100),
          fills: [{ memberId: 10, side: order.side, filled: quantity }, neighbour].map((fill) => ({
            ...fill,
            filled: energyWh(fill.filled),
          })),
          price: price(order.limitPrice),
          readingVersion: 0,
          readings: [
            {
              memberId: 10,
              quality: 'metered',
              import: energyWh(side > 0n ? quantity : 0n),
              export: energyWh(side < 0n ? quantity : 0n),
            },
          ],
          tariff: rated,
          supplier: 1,
          dso: 2,
          taxAuthority: 3,
          platformOperator: 4,
        }).find(({ memberId }) => memberId === 10)!
        const total = linesOf(statement).reduce((sum, line) => sum + line, 0n)
        expect(total).toBeLessThanOrEqual(statement.tariffOnly!)
      }),
      { numRuns: 500 },
    )
  })
})
