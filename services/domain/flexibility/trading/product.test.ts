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
    ['another baseline', { baseline: { name: 'guess' } }],
    ['no baseline', { baseline: undefined }],
    ['a parameter that is missing', { baseline: { name: 'nomination' } }],
    ['another adjustment', { baseline: { ...PRODUCT.baseline, adjustment: { kind: 'free' } } }],
  ])('refuses %s', (_, change) => {
    expect(() => parseFlexProduct({ ...json, ...change })).toThrow(withCode('flex-message-malformed'))
  })

  test.each([
    { name: 'nomination', gateClosureLeadSeconds: 3_600 },
    { name: 'meter-before-meter-after', periodsBefore: 2, periodsAfter: 1 },
    { name: '10-of-10', lookBackDays: 30, adjustment: null, fallback: null },
    {
      name: 'control-group',
      days: 10,
      lookBackDays: 30,
      fewestMembers: 5,
      fallback: { name: 'nomination', gateClosureLeadSeconds: 0 },
    },
  ])('reads the parameters of $name', (baseline) => {
    expect(parseFlexProduct({ ...json, baseline }).baseline).toEqual(baseline)
  })

  test('refuses parameters out of bounds, and fallbacks without end', () => {
    const refused = (baseline: unknown) => () => parseFlexProduct({ ...json, baseline })
    expect(refused({ name: 'nomination', gateClosureLeadSeconds: -1 })).toThrow(withCode('baseline-method-invalid'))
    const deep = (depth: number): unknown => ({
      ...{ name: '10-of-10', lookBackDays: 30, adjustment: null },
      fallback: depth === 0 ? null : deep(depth - 1),
    })
    expect(refused(deep(4))).not.toThrow()
    expect(refused(deep(5))).toThrow(withCode('baseline-method-invalid'))
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
