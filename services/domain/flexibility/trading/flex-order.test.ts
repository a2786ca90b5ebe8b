import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, money, powerW, signedW, startOf } from '../../units.ts'
import {
  activationFactor,
  formatActivationFactor,
  parseActivationFactor,
  powerAt,
  priceAt,
} from './activation-factor.ts'
import { obligationOf, parseFlexOrder, requireOrderable, requireOrderMatches } from './flex-order.ts'
import { FIRST, messageId, NOW, offerOf, optionOfPowers, orderOf, PRODUCT } from './flex-trade-for-test.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('powerAt and priceAt', () => {
  test('scale power up to the W and price down to four decimals of a euro', () => {
    expect(powerAt(activationFactor(33), signedW(-1_001n))).toBe(-331n)
    expect(powerAt(activationFactor(33), signedW(1_001n))).toBe(331n)
    expect(priceAt(activationFactor(33), money(1_000_100n))).toBe(330_000n)
  })

  test('order all of it at 1.00, and never make a W dearer in a part', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10_000_000n),
        fc.bigInt(0n, 10_000_000n),
        fc.integer({ min: 1, max: 100 }),
        (power, steps, part) => {
          const price = money(steps * 100n)
          expect(powerAt(activationFactor(100), signedW(power))).toBe(power)
          expect(priceAt(activationFactor(100), price)).toBe(price)
          const [ordered, cost] = [
            powerAt(activationFactor(part), signedW(power)),
            priceAt(activationFactor(part), price),
          ]
          expect(cost * power <= price * ordered).toBe(true)
          expect(ordered <= power && ordered * 100n >= power * BigInt(part)).toBe(true)
        },
      ),
    )
  })
})

describe('parseActivationFactor', () => {
  test('reads hundredths, and writes them as it reads them', () => {
    expect(['0.01', '0.5', '1', '1.00', '0.250'].map(parseActivationFactor)).toEqual([1, 50, 100, 100, 25])
    for (let hundredths = 1; hundredths <= 100; hundredths += 1) {
      expect(parseActivationFactor(formatActivationFactor(activationFactor(hundredths)))).toBe(hundredths)
    }
  })

  test.each(['0', '0.00', '1.01', '0.005', '-0.5', '.5', '', '1e-1', 'x'])('refuses "%s"', (text) => {
    expect(() => parseActivationFactor(text)).toThrow(withCode('activation-factor-invalid'))
  })
})

describe('requireOrderMatches', () => {
  const offer = offerOf()
  const order = orderOf(offer, 60)

  test('takes what the option says at the factor', () => {
    expect(order).toMatchObject({ price: 600_000n, activationFactor: 60 })
    expect(order.periods.map(({ power }) => power)).toEqual([-6_000n, -6_000n, 3_600n])
    expect(() => requireOrderMatches(order, offer)).not.toThrow()
  })

  test.each([
    ['another offer', { offer: messageId(9) }, 'flex-offer-unknown'],
    ['a contract that the offer is not under', { contract: 'C1' }, 'flex-contract-unknown'],
    ['an option that is not there', { option: 'B' }, 'flex-option-unknown'],
    ['a period left out', { periods: order.periods.slice(1) }, 'flex-order-periods-differ'],
    [
      'a period more',
      { periods: [...order.periods, { period: deliveryPeriod(FIRST + 9), power: signedW(1n) }] },
      'flex-order-periods-differ',
    ],
    [
      'another power',
      { periods: order.periods.map(({ period, power }) => ({ period, power: signedW(power - 1n) })) },
      'flex-order-power-differs',
    ],
    ['another price', { price: money(599_900n) }, 'flex-order-price-differs'],
    ['power of another factor', { activationFactor: activationFactor(61) }, 'flex-order-power-differs'],
  ])('refuses %s', (_, overrides, code) => {
    expect(() => requireOrderMatches({ ...order, ...overrides }, offer)).toThrow(withCode(code))
  })

  test('refuses less than the smallest part', () => {
    expect(() => requireOrderMatches(orderOf(offer, 50), offer)).not.toThrow()
    expect(() => requireOrderMatches(orderOf(offer, 49), offer)).toThrow(withCode('flex-order-factor-too-low'))
  })
})

describe('requireOrderable', () => {
  const offer = offerOf()
  const context = { offer, product: PRODUCT, now: NOW }

  test('leaves the lead time of the product, and the offer has to stand', () => {
    const latest = startOf(deliveryPeriod(FIRST)) - PRODUCT.activationLeadSeconds
    const long = { ...offer, expiresAt: latest + 10 }
    expect(() => requireOrderable(orderOf(offer, 100), { ...context, offer: long, now: latest })).not.toThrow()
    expect(() => requireOrderable(orderOf(offer, 100), { ...context, offer: long, now: latest + 1 })).toThrow(
      withCode('flex-order-too-late'),
    )
    expect(() => requireOrderable(orderOf(offer, 100), { ...context, now: offer.expiresAt })).toThrow(
      withCode('flex-offer-expired'),
    )
  })

  test('refuses a part below the minimum size, but not a return below it', () => {
    const small = { ...PRODUCT, minimumSize: powerW(6_000n) }
    expect(() => requireOrderable(orderOf(offer, 60), { ...context, product: small })).not.toThrow()
    expect(() => requireOrderable(orderOf(offer, 59), { ...context, product: small })).toThrow(
      withCode('flex-order-below-minimum'),
    )
  })
})

describe('obligationOf', () => {
  test('is the energy in the direction of the product, and not what returns', () => {
    const order = orderOf(offerOf({ options: [optionOfPowers({ 0: -10_000n, 1: -4_003n, 2: 6_000n })] }), 100)
    expect(obligationOf(order, PRODUCT)).toEqual({
      price: 1_000_000n,
      penalty: PRODUCT.penalty,
      periods: [
        { period: FIRST, ordered: 2_500n },
        { period: FIRST + 1, ordered: 1_000n },
      ],
    })
  })
})

describe('parseFlexOrder', () => {
  const order = orderOf(offerOf(), 60)
  const json = {
    id: order.id,
    offer: order.offer,
    option: null,
    reference: 'order-1',
    activationFactorHundredths: 60,
    priceMicroEuro: '600000',
    periods: order.periods.map(({ period, power }) => ({ deliveryPeriod: period, powerW: `${power}` })),
  }

  test('reads what its JSON says', () => {
    expect(parseFlexOrder(json)).toEqual(order)
  })

  test('reads an order under a contract without an offer, and refuses one with neither', () => {
    const direct = { ...json, offer: null, contract: 'C1', option: 'direct-1' }
    expect(parseFlexOrder(direct)).toEqual({ ...order, offer: null, contract: 'C1', option: 'direct-1' })
    expect(() => parseFlexOrder({ ...json, offer: null })).toThrow(withCode('flex-order-unfounded'))
  })

  test('refuses a period twice and a missing reference', () => {
    expect(() => parseFlexOrder({ ...json, periods: [json.periods[0], json.periods[0]] })).toThrow(
      withCode('flex-period-twice'),
    )
    expect(() => parseFlexOrder({ ...json, reference: undefined })).toThrow(withCode('flex-message-malformed'))
  })
})
