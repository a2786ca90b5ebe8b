import { describe, expect, test } from 'vitest'
import { typedWishesOf, usualWishesOf, wishesOf, type TypedWishes } from './typed-wishes.ts'

const TYPED: TypedWishes = { buyUpTo: '0,25', sellFrom: '0.09', quantity: '4.3125', lastDay: '2027-01-05' }
const WHOLE = { ...TYPED, quantity: '4.312' }
const until = new Date(2027, 0, 5, 23, 59, 59).getTime() / 1_000

describe('wishesOf', () => {
  test('reads euro and kWh, until the end of the reader’s day', () => {
    expect(wishesOf(WHOLE, 'prosumer')).toEqual({
      buyUpToMicroEuroPerKwh: '250000',
      sellFromMicroEuroPerKwh: '90000',
      quantityWh: '4312',
      until,
    })
    expect(wishesOf(WHOLE, 'consumer')).toMatchObject({ sellFromMicroEuroPerKwh: null })
  })

  test.each([
    ['less than a Wh', TYPED],
    ['nothing', { ...WHOLE, quantity: '0' }],
    ['a price between the ticks', { ...WHOLE, buyUpTo: '0.25001' }],
    ['no price', { ...WHOLE, sellFrom: '' }],
    ['no day', { ...WHOLE, lastDay: '' }],
  ])('refuses %s', (_, typed) => {
    expect(() => wishesOf(typed, 'prosumer')).toThrow()
  })
})

test('typedWishesOf is read back as it was', () => {
  expect(wishesOf(typedWishesOf(wishesOf(WHOLE, 'prosumer')), 'prosumer')).toEqual(wishesOf(WHOLE, 'prosumer'))
})

test('usualWishesOf are no worse than the supplier’s tariff, on the tick', () => {
  const tariff = {
    retailMicroEuroPerKwh: '285050',
    feedInMicroEuroPerKwh: '82030',
    gridMicroEuroPerKwh: '0',
    gridLocalMicroEuroPerKwh: '0',
    levyMicroEuroPerKwh: '0',
    platformFeeMicroEuroPerKwh: '5000',
  }
  expect(usualWishesOf({ ledgerTime: until, tariff }, 4_313)).toEqual({
    buyUpTo: '0.28',
    sellFrom: '0.0821',
    quantity: '4.313',
    lastDay: '2028-01-05',
  })
})
