import { describe, expect, test } from 'vitest'
import { money, powerW, rate } from '../../units.ts'
import { PRODUCT } from './flex-trade-for-test.ts'
import { parseFlexProduct, requireFlexProduct } from './product.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('parseFlexProduct', () => {
  const { minimumSize, availabilityPrice, utilisationPrice, penalty, ...rest } = PRODUCT
  const json = {
    ...rest,
    minimumSizeW: `${minimumSize}`,
    availabilityPriceMicroEuroPerKwAndPeriod: `${availabilityPrice}`,
    utilisationPriceMicroEuroPerKwh: `${utilisationPrice}`,
    penalty: penalty.map(({ abovePermille, price }) => ({ abovePermille, priceMicroEuroPerKwh: `${price}` })),
  }

  test('reads what its JSON says', () => {
    expect(parseFlexProduct(json)).toEqual(PRODUCT)
  })

  test.each([
    ['another purpose', { purpose: 'profit' }],
    ['another level', { level: 'street' }],
    ['another direction', { direction: 'both' }],
    ['another baseline', { baselineMethod: 'guess' }],
  ])('refuses %s', (_, change) => {
    expect(() => parseFlexProduct({ ...json, ...change })).toThrow(withCode('flex-message-malformed'))
  })

  test('refuses bands that do not ascend', () => {
    const change = { penalty: [...json.penalty, ...json.penalty] }
    expect(() => parseFlexProduct({ ...json, ...change })).toThrow(withCode('penalty-rule-invalid'))
  })
})

describe('requireFlexProduct', () => {
  test.each([
    ['a size that makes no Wh in a period', { minimumSize: powerW(3n) }],
    ['measurements that do not fill a period', { resolutionSeconds: 7 }],
    ['measurements longer than a period', { resolutionSeconds: 1_800 }],
    ['a negative lead time', { activationLeadSeconds: -1 }],
    ['an activation shorter than a period', { longestActivationSeconds: 899 }],
    ['a rest that is not whole', { recoverySeconds: 0.5 }],
    ['a negative price', { availabilityPrice: money(-1n) }],
    ['a price beyond all measure', { utilisationPrice: rate(100_000_001n) }],
  ])('refuses %s', (_, change) => {
    expect(() => requireFlexProduct({ ...PRODUCT, ...change })).toThrow(withCode('flex-product-invalid'))
  })
})
