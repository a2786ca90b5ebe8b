import { describe, expect, test } from 'vitest'
import { powerW } from '../../units.ts'
import { FIRST, messageId, offerOf, optionOfPowers, PRODUCT } from '../trading/flex-trade-for-test.ts'
import { requirePrequalified, type Prequalification } from './prequalification.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const prequalification: Prequalification = {
  ...{ portfolio: 'pool-7', product: PRODUCT.id, from: 100, until: 200 },
  power: powerW(10_000n),
}
const context = { product: PRODUCT, prequalification, standing: [], now: 150 }

describe('requirePrequalified', () => {
  test('takes an offer up to the prequalified size', () => {
    expect(() => requirePrequalified(offerOf(), context)).not.toThrow()
  })

  test('refuses one above it in any option and period, and minds no rebound', () => {
    const options = [optionOfPowers({ 0: -10_000n, 1: 50_000n }), optionOfPowers({ 1: -10_001n }, { reference: 'B' })]
    expect(() => requirePrequalified(offerOf({ options: options.slice(0, 1) }), context)).not.toThrow()
    expect(() => requirePrequalified(offerOf({ options }), context)).toThrow(
      expect.objectContaining({
        code: 'flex-offer-over-prequalified',
        details: { period: FIRST + 1, offered: 10_001n, prequalified: 10_000n },
      }),
    )
  })

  test('adds up what stands already, of each offer its largest option, and not the offer itself', () => {
    const small = (id: number, power: bigint) =>
      offerOf({ id: messageId(id), options: [optionOfPowers({ 0: -power })] })
    const standing = [
      offerOf({
        id: messageId(8),
        options: [optionOfPowers({ 0: -2_000n }), optionOfPowers({ 0: -6_000n }, { reference: 'B' })],
      }),
    ]
    expect(() => requirePrequalified(small(2, 4_000n), { ...context, standing })).not.toThrow()
    expect(() => requirePrequalified(small(2, 4_001n), { ...context, standing })).toThrow(
      withCode('flex-offer-over-prequalified'),
    )
    expect(() => requirePrequalified(small(8, 9_000n), { ...context, standing })).not.toThrow()
  })

  test('refuses who is not prequalified for the product, not yet, or not any more', () => {
    for (const other of [
      null,
      { ...prequalification, portfolio: 'pool-8' },
      { ...prequalification, product: 'other' },
    ]) {
      expect(() => requirePrequalified(offerOf(), { ...context, prequalification: other })).toThrow(
        withCode('flex-not-prequalified'),
      )
    }
    for (const now of [99, 200]) {
      expect(() => requirePrequalified(offerOf(), { ...context, now })).toThrow(
        withCode('flex-prequalification-expired'),
      )
    }
  })
})
