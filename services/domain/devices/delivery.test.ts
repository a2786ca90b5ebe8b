import { describe, expect, test } from 'vitest'
import { deliveryRatioOf, deliveryUseOf } from './delivery.ts'

describe('deliveryRatioOf', () => {
  test('asks 98 of 100 of a meter', () => {
    expect(deliveryRatioOf(deliveryUseOf('meter'), { expected: 100, delivered: 98 })).toMatchObject({
      ratioPermille: 980,
      isReached: true,
    })
    expect(deliveryRatioOf('metering', { expected: 100, delivered: 97 })).toMatchObject({ isReached: false })
  })

  test('asks 995 of 1,000 of what answers demand', () => {
    expect(deliveryUseOf('battery')).toBe('demand-response')
    expect(deliveryRatioOf('demand-response', { expected: 1_000, delivered: 995 }).isReached).toBe(true)
    expect(deliveryRatioOf('demand-response', { expected: 10_000, delivered: 9_949 })).toMatchObject({
      ratioPermille: 994,
      isReached: false,
    })
  })

  test('is not known where nothing was waited for', () => {
    const ratio = deliveryRatioOf('metering', { expected: 0, delivered: 0 })
    expect(ratio).toMatchObject({ ratioPermille: null, isReached: null })
  })
})
