import { describe, expect, test } from 'vitest'
import { endOf, deliveryPeriod, money } from '../../units.ts'
import { activationFactor } from './activation-factor.ts'
import { optionOf, parseFlexOffer, requireFlexOffer, type FlexOffer } from './flex-offer.ts'
import {
  available,
  CONGESTION_POINT,
  FIRST,
  messageId,
  NOW,
  offerOf,
  optionOfPowers,
  PRODUCT,
  requested,
  requestOf,
} from './flex-trade-for-test.ts'
import { requireAnswer } from './offer-rules.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const answering = (offer: FlexOffer, request = requestOf(), now = NOW) => {
  return () => requireAnswer(offer, { request, product: PRODUCT, now })
}
const offering = (powers: Readonly<Record<number, bigint>>) => answering(offerOf({ options: [optionOfPowers(powers)] }))

describe('requireFlexOffer', () => {
  test('refuses no option, more than ten, and two of one reference', () => {
    const options = (count: number) =>
      Array.from({ length: count }, (_, index) => optionOfPowers({ 0: -10_000n }, { reference: `${index}` }))
    expect(() => requireFlexOffer(offerOf({ options: options(10) }))).not.toThrow()
    for (const bad of [[], options(11), [...options(1), ...options(1)]]) {
      expect(() => requireFlexOffer(offerOf({ options: bad }))).toThrow(withCode('flex-offer-options-invalid'))
    }
  })

  test('refuses a period twice in one option, and takes it in two that exclude each other', () => {
    const option = optionOfPowers({ 0: -10_000n })
    const twice = { ...option, periods: [...option.periods, ...option.periods] }
    expect(() => requireFlexOffer(offerOf({ options: [twice] }))).toThrow(withCode('flex-period-twice'))
    expect(() => requireFlexOffer(offerOf({ options: [option, { ...option, reference: 'B' }] }))).not.toThrow()
  })
})

describe('optionOf', () => {
  test('needs no reference where there is one option only', () => {
    const one = offerOf()
    const two = offerOf({ options: [...one.options, { ...one.options[0]!, reference: 'B' }] })
    expect(optionOf(one, null)).toBe(one.options[0])
    expect(optionOf(two, 'B')).toBe(two.options[1])
    expect(() => optionOf(two, null)).toThrow(withCode('flex-option-unknown'))
    expect(() => optionOf(one, 'B')).toThrow(withCode('flex-option-unknown'))
  })
})

describe('requireAnswer', () => {
  test('takes less consumption where it is requested, and its return within the room that is available', () => {
    expect(answering(offerOf())).not.toThrow()
    expect(offering({ 1: -90_000n, 2: 20_000n, 3: 20_000n })).not.toThrow()
    expect(offering({ 1: -90_000n, 2: -20_000n })).not.toThrow()
  })

  test.each([
    ['nothing in a requested period', { 2: -5_000n }, 'flex-offer-misses-request'],
    ['0 W in the requested period alone', { 0: 0n, 2: -5_000n }, 'flex-offer-misses-request'],
    ['a period that is not in the request', { 0: -10_000n, 7: 1_000n }, 'flex-offer-outside-request'],
    ['more return than there is room for', { 0: -10_000n, 2: 20_001n }, 'flex-offer-outside-request'],
    ['more relief than there is room for', { 0: -10_000n, 2: -20_001n }, 'flex-offer-outside-request'],
    ['more consumption where less is requested', { 0: -10_000n, 1: 1_000n }, 'flex-offer-wrong-direction'],
    ['less than the least', { 0: -999n }, 'flex-offer-below-minimum'],
    ['too little in one period of several', { 0: -10_000n, 1: -999n }, 'flex-offer-below-minimum'],
    ['too short a rest', { 0: -10_000n, 2: -10_000n }, 'flex-offer-too-short-recovery'],
  ])('refuses %s', (_, powers, code) => {
    expect(offering(powers)).toThrow(withCode(code))
  })

  test('holds every option to the rules, since each might be ordered alone', () => {
    const good = optionOfPowers({ 0: -10_000n })
    const bad = optionOfPowers({ 0: -10_000n, 7: -10_000n }, { reference: 'B' })
    expect(answering(offerOf({ options: [good, bad] }))).toThrow(withCode('flex-offer-outside-request'))
  })

  test('refuses to be active for longer than the product lets', () => {
    const request = requestOf({ periods: [0, 1, 2, 3, 4].map((offset) => requested(offset, -9_000n)) })
    const hour = { 0: -9_000n, 1: -9_000n, 2: -9_000n, 3: -9_000n }
    expect(answering(offerOf({ options: [optionOfPowers(hour)] }), request)).not.toThrow()
    expect(answering(offerOf({ options: [optionOfPowers({ ...hour, 4: -9_000n })] }), request)).toThrow(
      withCode('flex-offer-too-long'),
    )
  })

  test('rests half an hour after an activation', () => {
    const request = requestOf({
      periods: [requested(0, -9_000n), available(1, 0n, 0n), available(2, 0n, 0n), requested(3, -9_000n)],
    })
    expect(answering(offerOf({ options: [optionOfPowers({ 0: -9_000n, 3: -9_000n })] }), request)).not.toThrow()
  })

  test('refuses another request, congestion point or contract, and what comes after the deadline', () => {
    expect(answering(offerOf({ request: messageId(9) }))).toThrow(withCode('flex-request-unknown'))
    expect(answering(offerOf({ request: null }))).toThrow(withCode('flex-request-unknown'))
    const congestionPoint = 'ean.871234567890123457' as typeof CONGESTION_POINT
    expect(answering(offerOf({ congestionPoint }))).toThrow(withCode('congestion-point-unknown'))
    expect(answering(offerOf(), requestOf({ contract: 'C1' }))).toThrow(withCode('flex-contract-unknown'))
    expect(answering(offerOf({ contract: 'C1' }), requestOf({ contract: 'C1' }))).not.toThrow()
    const { expiresAt } = requestOf()
    expect(answering(offerOf(), requestOf(), expiresAt - 1)).not.toThrow()
    expect(answering(offerOf(), requestOf(), expiresAt)).toThrow(withCode('flex-request-expired'))
  })

  test('refuses an offer that is over already, or stands beyond what it is for', () => {
    const end = endOf(deliveryPeriod(FIRST + 2))
    expect(answering(offerOf({ expiresAt: end }))).not.toThrow()
    expect(answering(offerOf({ expiresAt: end + 1 }))).toThrow(withCode('flex-expiry-out-of-bounds'))
    expect(answering(offerOf({ expiresAt: NOW }))).toThrow(withCode('flex-expiry-out-of-bounds'))
  })
})

describe('parseFlexOffer', () => {
  const json = {
    id: messageId(2).toUpperCase(),
    request: messageId(1),
    congestionPoint: CONGESTION_POINT,
    portfolio: 'pool-7',
    expiresAt: NOW + 3_600,
    options: [
      {
        reference: 'A',
        priceMicroEuro: '1000000',
        minActivationFactorHundredths: 50,
        periods: [
          { deliveryPeriod: FIRST + 2, powerW: '6000' },
          { deliveryPeriod: FIRST, powerW: '-10000' },
          { deliveryPeriod: FIRST + 1, powerW: '-10000' },
        ],
      },
    ],
  }
  const changed = (option: object) => ({ ...json, options: [{ ...json.options[0], ...option }] })

  test('reads what its JSON says, periods ascending and ids in lower case', () => {
    expect(parseFlexOffer(json)).toEqual(
      offerOf({ options: [optionOfPowers({ 0: -10_000n, 1: -10_000n, 2: 6_000n })] }),
    )
  })

  test.each([
    ['a price of five decimals of a euro', changed({ priceMicroEuro: '1000010' }), 'flex-price-invalid'],
    ['a negative price', changed({ priceMicroEuro: '-100' }), 'flex-price-invalid'],
    ['a factor of 0', changed({ minActivationFactorHundredths: 0 }), 'activation-factor-invalid'],
    ['a factor of 101', changed({ minActivationFactorHundredths: 101 }), 'activation-factor-invalid'],
    ['an option of no period', changed({ periods: [] }), 'flex-periods-empty'],
    ['no option', { ...json, options: [] }, 'flex-offer-options-invalid'],
  ])('refuses %s', (_, input, code) => {
    expect(() => parseFlexOffer(input)).toThrow(withCode(code))
  })

  test('keeps price and smallest part', () => {
    expect(parseFlexOffer(json).options[0]).toMatchObject({
      price: money(1_000_000n),
      minActivationFactor: activationFactor(50),
    })
  })
})
