import { describe, expect, test } from 'vitest'
import { rate, signedWh } from '../units.ts'
import { imbalanceOf, imbalancePaymentOf } from './imbalance.ts'

const tariff = {
  retail: rate(250_001n),
  feedIn: rate(80_001n),
  grid: rate(60_000n),
  gridLocal: rate(30_000n),
  levy: rate(20_000n),
  platformFee: rate(5_000n),
}

describe('imbalanceOf', () => {
  test('is a shortage when more was consumed than bought', () => {
    expect(imbalanceOf(signedWh(1_200n), signedWh(1_000n))).toEqual({ direction: 'shortage', quantity: 200n })
  })

  test('is a surplus when more was produced than sold', () => {
    expect(imbalanceOf(signedWh(-1_500n), signedWh(-1_000n))).toEqual({ direction: 'surplus', quantity: 500n })
  })

  test('is none when the meter shows what was traded', () => {
    expect(imbalanceOf(signedWh(-20n), signedWh(-20n))).toEqual({ direction: 'none', quantity: 0n })
  })
})

describe('imbalancePaymentOf', () => {
  test('is the retail tariff for a shortage, rounded down', () => {
    expect(imbalancePaymentOf(imbalanceOf(signedWh(3n), signedWh(0n)), tariff)).toBe(750n)
  })

  test('is received at the feed-in tariff for a surplus, rounded up', () => {
    expect(imbalancePaymentOf(imbalanceOf(signedWh(-3n), signedWh(0n)), tariff)).toBe(-241n)
  })

  test('pays for a surplus where the feed-in tariff is negative', () => {
    expect(imbalancePaymentOf(imbalanceOf(signedWh(-3n), signedWh(0n)), { ...tariff, feedIn: rate(-10_000n) })).toBe(
      30n,
    )
  })
})
