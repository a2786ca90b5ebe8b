import { describe, expect, test } from 'vitest'
import { formatOrder, parseOrder, requireWithinLimit } from './order.ts'

const json = {
  area: 1,
  memberId: 3,
  deliveryPeriod: 1_900_000,
  side: 'bid',
  quantityWh: '1200',
  limitPriceMicroEuroPerKwh: '-100',
  salt: '18446744073709551615',
}

const refusal = (code: string): unknown => expect.objectContaining({ code })

describe('parseOrder', () => {
  test('reads what formatOrder writes', () => {
    const order = parseOrder(json)
    expect(order).toEqual({
      area: 1,
      memberId: 3,
      deliveryPeriod: 1_900_000,
      side: 'bid',
      quantity: 1_200n,
      limitPrice: -100n,
      salt: 2n ** 64n - 1n,
    })
    expect(formatOrder(order)).toEqual(json)
  })

  test.each([
    ['an order for nothing', { quantityWh: '0' }, 'order-zero-quantity'],
    ['a negative quantity', { quantityWh: '-1' }, 'energy-out-of-range'],
    ['more than 2^32 - 1 Wh', { quantityWh: '4294967296' }, 'order-invalid'],
    ['a quantity that is a number', { quantityWh: 1200 }, 'order-invalid'],
    ['a fraction of a Wh', { quantityWh: '1.5' }, 'order-invalid'],
    ['a limit between two ticks', { limitPriceMicroEuroPerKwh: '150' }, 'price-off-tick'],
    ['a limit above the highest price', { limitPriceMicroEuroPerKwh: '4000100' }, 'price-out-of-range'],
    ['a limit below the lowest price', { limitPriceMicroEuroPerKwh: '-500100' }, 'price-out-of-range'],
    ['a side that is neither bid nor offer', { side: 'ask' }, 'order-invalid'],
    ['a member of 0', { memberId: 0 }, 'order-invalid'],
    ['a member above 2^24 - 1', { memberId: 2 ** 24 }, 'order-invalid'],
    ['a salt of 2^64', { salt: '18446744073709551616' }, 'order-invalid'],
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

describe('requireWithinLimit', () => {
  test('refuses 1 Wh more than the limit and accepts the limit', () => {
    const order = parseOrder(json)
    expect(() => requireWithinLimit(order, 1_200n)).not.toThrow()
    expect(() => requireWithinLimit(order, 1_199n)).toThrow(refusal('order-over-limit'))
  })
})
