import { describe, expect, test } from 'vitest'
import { energyWh, LOWEST_PRICE, price } from '../units.ts'
import { delegationOf, isSameDelegation, quantityLimitOf, requireWishes, type Wishes } from './wishes.ts'

const KEY = `0x${'11'.repeat(20)}`
const HOME = { membership: 'prosumer', capacityW: 4_001, now: 10_000 } as const
const WISHES: Wishes = {
  buyUpTo: price(250_000n),
  sellFrom: price(90_000n),
  quantity: energyWh(1_001n),
  until: 13_600,
}

const codeOf = (change: Partial<Wishes>, membership: 'prosumer' | 'consumer' = 'prosumer') => {
  try {
    requireWishes({ ...WISHES, ...change }, { ...HOME, membership })
    return null
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('requireWishes', () => {
  test('takes what the connection carries, for an hour and more', () => {
    expect(quantityLimitOf(4_001)).toBe(1_001)
    expect(codeOf({})).toBeNull()
    expect(codeOf({ sellFrom: null }, 'consumer')).toBeNull()
  })

  test('takes one price for both sides', () => {
    expect(codeOf({ sellFrom: WISHES.buyUpTo })).toBeNull()
  })

  test.each([
    ['more than the connection carries', { quantity: energyWh(1_002n) }],
    ['nothing', { quantity: energyWh(0n) }],
    ['to sell dearer than to buy', { sellFrom: price(250_100n) }],
    ['no price to sell from', { sellFrom: null }],
    ['less than an hour', { until: 13_599 }],
    ['longer than the ledger counts', { until: 2 ** 32 }],
  ])('refuses %s', (_, change) => {
    expect(codeOf(change)).toBe('wishes-invalid')
  })

  test('refuses that a consumer sells', () => {
    expect(codeOf({}, 'consumer')).toBe('wishes-invalid')
  })
})

describe('delegationOf', () => {
  test('has the wishes as its limits', () => {
    expect(delegationOf(WISHES, 'prosumer', KEY)).toEqual({
      key: KEY,
      mayBid: true,
      mayOffer: true,
      quantityLimit: 1_001n,
      lowestPrice: 90_000n,
      highestPrice: 250_000n,
      expiry: 13_600,
    })
  })

  test('only buys for a consumer, at any price up to the one it named', () => {
    const delegation = delegationOf({ ...WISHES, sellFrom: null }, 'consumer', KEY)
    expect(delegation).toMatchObject({ mayOffer: false, lowestPrice: LOWEST_PRICE, highestPrice: 250_000n })
  })

  test('is another one where any limit is', () => {
    const one = delegationOf(WISHES, 'prosumer', KEY)
    expect(isSameDelegation(one, delegationOf(WISHES, 'prosumer', KEY))).toBe(true)
    const others = [
      { key: `0x${'22'.repeat(20)}` },
      { mayBid: false },
      { mayOffer: false },
      { quantityLimit: energyWh(1n) },
      { lowestPrice: price(0n) },
      { highestPrice: price(0n) },
      { expiry: 1 },
    ]
    for (const change of others) expect(isSameDelegation(one, { ...one, ...change })).toBe(false)
  })
})
