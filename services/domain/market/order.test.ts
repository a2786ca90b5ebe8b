import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bindingOrdersOf, formatOrder, isCancellation, parseOrder, rankOf } from './order.ts'

const json = {
  area: 1,
  trader: 3,
  deliveryPeriod: 1_900_000,
  side: 'bid',
  quantityWh: '1200',
  limitPriceMicroEuroPerKwh: '-100',
  expiry: 1_710_000_000,
  salt: '18446744073709551615',
}

const refusal = (code: string): unknown => expect.objectContaining({ code })

describe('parseOrder', () => {
  test('reads what formatOrder writes', () => {
    const order = parseOrder(json)
    expect(order).toEqual({
      area: 1,
      trader: 3,
      deliveryPeriod: 1_900_000,
      side: 'bid',
      quantity: 1_200n,
      limitPrice: -100n,
      expiry: 1_710_000_000,
      salt: 2n ** 64n - 1n,
    })
    expect(formatOrder(order)).toEqual(json)
  })

  test.each([
    ['a negative quantity', { quantityWh: '-1' }, 'energy-out-of-range'],
    ['2^31 Wh', { quantityWh: '2147483648' }, 'order-invalid'],
    ['a quantity that is a number', { quantityWh: 1200 }, 'order-invalid'],
    ['a fraction of a Wh', { quantityWh: '1.5' }, 'order-invalid'],
    ['a limit between two ticks', { limitPriceMicroEuroPerKwh: '150' }, 'price-off-tick'],
    ['a limit above the highest price', { limitPriceMicroEuroPerKwh: '4000100' }, 'price-out-of-range'],
    ['a limit below the lowest price', { limitPriceMicroEuroPerKwh: '-500100' }, 'price-out-of-range'],
    ['a side that is neither bid nor offer', { side: 'ask' }, 'order-invalid'],
    ['a member of 0', { trader: 0 }, 'order-invalid'],
    ['a member above 2^24 - 1', { trader: 2 ** 24 }, 'order-invalid'],
    ['a salt of 2^64', { salt: '18446744073709551616' }, 'order-invalid'],
    ['an expiry of 2^32', { expiry: 2 ** 32 }, 'order-invalid'],
    ['no expiry', { expiry: undefined }, 'order-invalid'],
    ['a period that is no whole number', { deliveryPeriod: 1.5 }, 'order-invalid'],
    ['an area of 2^32', { area: 2 ** 32 }, 'order-invalid'],
  ])('refuses %s', (_, change, code) => {
    expect(() => parseOrder({ ...json, ...change })).toThrow(refusal(code))
  })

  test('refuses what is no object', () => {
    expect(() => parseOrder(null)).toThrow(refusal('order-invalid'))
    expect(() => parseOrder('bid')).toThrow(refusal('order-invalid'))
  })
})

test('an order for nothing is a cancellation, one for 1 Wh is not', () => {
  expect(isCancellation(parseOrder({ ...json, quantityWh: '0' }))).toBe(true)
  expect(isCancellation(parseOrder({ ...json, quantityWh: '1' }))).toBe(false)
})

describe('bindingOrdersOf', () => {
  const order = (trader: number, side: 'bid' | 'offer', salt: bigint, name = '') => ({ trader, side, salt, name })

  test('takes the greatest salt of each member and side, by member, a bid before an offer', () => {
    const orders = [
      order(4, 'offer', 1n),
      order(4, 'bid', 2n),
      order(4, 'bid', 3n),
      order(3, 'bid', 9n),
      order(4, 'bid', 1n),
    ]
    expect(bindingOrdersOf(orders)).toEqual([order(3, 'bid', 9n), order(4, 'bid', 3n), order(4, 'offer', 1n)])
  })

  test('keeps the one that came first of two with the same salt', () => {
    expect(bindingOrdersOf([order(3, 'bid', 1n, 'first'), order(3, 'bid', 1n, 'second')])).toMatchObject([
      { name: 'first' },
    ])
  })

  test('does not depend on the sequence where salts differ, and leaves one order a rank, none of whose rivals is greater', () => {
    const orders = fc.uniqueArray(
      fc.record({
        trader: fc.integer({ min: 1, max: 4 }),
        side: fc.constantFrom('bid' as const, 'offer' as const),
        salt: fc.bigInt(0n, 20n),
      }),
      { selector: (one) => `${rankOf(one)} ${one.salt}` },
    )
    fc.assert(
      fc.property(orders, (placed) => {
        const binding = bindingOrdersOf(placed)
        const ranks = binding.map(rankOf)
        expect(ranks).toEqual([...new Set(placed.map(rankOf))].sort((one, other) => one - other))
        for (const winner of binding) {
          const rivals = placed.filter((other) => rankOf(other) === rankOf(winner))
          expect(rivals.every(({ salt }) => salt <= winner.salt)).toBe(true)
        }
        expect(bindingOrdersOf([...placed].reverse())).toEqual(binding)
      }),
    )
  })
})
