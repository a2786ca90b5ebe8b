import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BaselineMethod } from '../domain/flexibility/baseline/baseline-method.ts'
import { activationFactor } from '../domain/flexibility/trading/activation-factor.ts'
import { parseEntityAddress } from '../domain/flexibility/trading/entity-address.ts'
import { flexPrice } from '../domain/flexibility/trading/flex-price.ts'
import type { RequestedPeriod } from '../domain/flexibility/trading/flex-request.ts'
import { deliveryPeriod, energyWh, money, powerW, rate, signedW } from '../domain/units.ts'
import { packBaseline, unpackBaseline } from './flex-baseline.ts'
import {
  packFlexPowers,
  packRequestedPeriods,
  packReservedPowers,
  packWindows,
  unpackFlexPowers,
  unpackRequestedPeriods,
  unpackReservedPowers,
  unpackWindows,
} from './flex-periods.ts'
import {
  decodeProduct,
  encodeProductTerms,
  packPenalty,
  unpackPenalty,
  type FlexProductTerms,
} from './flex-products.ts'
import { commitmentOf, decodeOffer, encodeOffer, offerOfDraft, type FlexOfferDraft } from './flex-requests.ts'
import { packAvailability, packDeliveries, unpackAvailability, unpackDeliveries } from './flex-settlement.ts'

const periods = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(deliveryPeriod)
const powers = fc.bigInt({ min: 0n, max: 2n ** 31n - 1n }).map(powerW)
const deviations = fc.bigInt({ min: -(2n ** 31n) + 1n, max: 2n ** 31n - 1n }).map(signedW)
const numbers = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const anotherThan = (number: number) => (number === 0 ? 1 : number - 1)
const bytes32 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`)

const requested: fc.Arbitrary<RequestedPeriod> = fc.record({
  period: periods,
  disposition: fc.constantFrom('requested', 'available'),
  minPower: deviations,
  maxPower: deviations,
})
const adjustments = fc.option(
  fc.record({
    kind: fc.constantFrom('additive', 'multiplicative'),
    capPercent: fc.integer({ min: 0, max: 100 }),
    windowPeriods: fc.integer({ min: 1, max: 96 }),
    gapPeriods: fc.integer({ min: 0, max: 96 }),
  }),
)
const withoutFallback: fc.Arbitrary<BaselineMethod> = fc.oneof(
  fc.record({ name: fc.constant('nomination'), gateClosureLeadSeconds: fc.integer({ min: 0, max: 604_800 }) }),
  fc.record({
    name: fc.constant('meter-before-meter-after'),
    periodsBefore: fc.integer({ min: 1, max: 96 }),
    periodsAfter: fc.integer({ min: 0, max: 96 }),
  }),
)
const withFallback = (fallback: BaselineMethod | null): fc.Arbitrary<BaselineMethod> =>
  fc.oneof(
    fc.record({
      name: fc.constantFrom('10-of-10', 'high-5-of-10'),
      lookBackDays: fc.integer({ min: 1, max: 366 }),
      adjustment: adjustments,
      fallback: fc.constant(fallback),
    }),
    fc.record({
      name: fc.constant('control-group'),
      days: fc.integer({ min: 1, max: 366 }),
      lookBackDays: fc.integer({ min: 1, max: 366 }),
      fewestMembers: fc.integer({ min: 1, max: 2 ** 24 - 1 }),
      fallback: fc.constant(fallback),
    }),
  )
const baselines: fc.Arbitrary<BaselineMethod> = fc
  .option(withoutFallback)
  .chain((last) => fc.oneof(...(last === null ? [] : [fc.constant(last)]), withFallback(last)))
  .chain((method) => fc.oneof(fc.constant(method), withFallback(method)))
const offers: fc.Arbitrary<FlexOfferDraft> = fc.record({
  expiresAt: fc.integer({ min: 0, max: 2 ** 40 - 1 }),
  options: fc.array(
    fc.record({
      price: fc.bigInt({ min: 0n, max: 1_000_000_000n }).map((value) => flexPrice(value * 100n)),
      minActivationFactor: fc.integer({ min: 1, max: 100 }).map(activationFactor),
      periods: fc.array(fc.record({ period: periods, power: deviations }), { maxLength: 96 }),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  salt: bytes32,
})
const product: FlexProductTerms = {
  purpose: 'voltage',
  level: 'region',
  direction: 'consume-more',
  activationLeadSeconds: 900,
  longestActivationSeconds: 7_200,
  recoverySeconds: 3_600,
  minimumSize: powerW(500n),
  availabilityPrice: money(2_000n),
  utilisationPrice: rate(300_000n),
  baseline: { name: 'meter-before-meter-after', periodsBefore: 4, periodsAfter: 2 },
  resolutionSeconds: 900,
  penalty: [
    { abovePermille: 100, price: rate(200_000n) },
    { abovePermille: 500, price: rate(400_000n) },
  ],
}

describe('periods as they are packed', () => {
  test('of a request are 13 bytes, signed powers in two’s complement', () => {
    const packed = packRequestedPeriods([
      { period: deliveryPeriod(258), disposition: 'requested', minPower: signedW(-1n), maxPower: signedW(0n) },
    ])
    expect(packed).toBe('0x0000010201ffffffff00000000')
  })

  test('come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(requested), (all) => {
        expect(unpackRequestedPeriods(packRequestedPeriods(all))).toEqual(all)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ period: periods, power: deviations })), (all) => {
        expect(unpackFlexPowers(packFlexPowers(all))).toEqual(all)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ period: periods, power: powers })), (all) => {
        expect(unpackReservedPowers(packReservedPowers(all))).toEqual(all)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ firstPeriod: periods, lastPeriod: periods, power: powers })), (all) => {
        expect(unpackWindows(packWindows(all))).toEqual(all)
      }),
    )
  })

  test('are refused where they end within a record', () => {
    expect(() => unpackFlexPowers('0x00000102ffffff')).toThrow(expect.objectContaining({ code: 'packed-malformed' }))
    expect(() => unpackRequestedPeriods('00')).toThrow(expect.objectContaining({ code: 'packed-malformed' }))
  })
})

describe('a product as it is packed', () => {
  test('has its penalty in 6 bytes a band', () => {
    expect(packPenalty(product.penalty)).toBe('0x006400030d4001f400061a80')
    expect(unpackPenalty('0x006400030d4001f400061a80')).toEqual(product.penalty)
  })

  test('has its baseline in 15 bytes a method', () => {
    const method: BaselineMethod = {
      name: 'high-5-of-10',
      lookBackDays: 45,
      adjustment: { kind: 'multiplicative', capPercent: 20, windowPeriods: 8, gapPeriods: 4 },
      fallback: { name: 'nomination', gateClosureLeadSeconds: 3_600 },
    }
    expect(packBaseline(method)).toBe(
      `0x03${'00002d'}000000000000${'02'}${'0014'}${'08'}${'04'}` + `00${'000e10'}000000000000${'00'}${'0000'}0000`,
    )
  })

  test('comes out as it went in, whatever its baseline', () => {
    fc.assert(
      fc.property(baselines, (baseline) => {
        expect(unpackBaseline(packBaseline(baseline))).toEqual(baseline)
        const terms = { ...product, baseline }
        expect(decodeProduct(7, encodeProductTerms(terms))).toEqual({ ...terms, id: '7' })
      }),
    )
  })

  test('has at most five baseline methods', () => {
    const chain = Array.from({ length: 6 }).reduce<BaselineMethod | null>(
      (fallback) => ({ name: '10-of-10', lookBackDays: 10, adjustment: null, fallback }),
      null,
    )
    expect(() => packBaseline(chain!)).toThrow(expect.objectContaining({ code: 'baseline-method-invalid' }))
    expect(() => unpackBaseline('0x')).toThrow(expect.objectContaining({ code: 'baseline-method-invalid' }))
    expect(() => unpackBaseline(`0x05${'00'.repeat(14)}`)).toThrow(
      expect.objectContaining({ code: 'baseline-method-invalid' }),
    )
  })

  test('refuses a parameter that its bytes cannot hold', () => {
    const method = { name: 'control-group', days: 1, lookBackDays: 1, fewestMembers: 2 ** 24, fallback: null } as const
    expect(() => packBaseline(method)).toThrow(expect.objectContaining({ code: 'packed-out-of-range' }))
  })
})

describe('an offer as it is sealed', () => {
  test('is opened as it was', () => {
    fc.assert(
      fc.property(offers, (offer) => {
        expect(decodeOffer(encodeOffer(offer))).toEqual(offer)
      }),
    )
  })

  test('has another commitment for every other request, portfolio, salt, price and power', () => {
    fc.assert(
      fc.property(offers, numbers, numbers, (offer, request, portfolio) => {
        const [first, ...others] = offer.options
        const commitments = [
          commitmentOf(request, portfolio, offer),
          commitmentOf(anotherThan(request), portfolio, offer),
          commitmentOf(request, anotherThan(portfolio), offer),
          commitmentOf(request, portfolio, { ...offer, salt: `0x${'ab'.repeat(31)}cc` }),
          commitmentOf(request, portfolio, {
            ...offer,
            options: [{ ...first!, price: flexPrice(first!.price === 0n ? 100n : first!.price - 100n) }, ...others],
          }),
          commitmentOf(request, portfolio, {
            ...offer,
            options: [{ ...first!, periods: [...first!.periods, { period: deliveryPeriod(1), power: signedW(2n) }] }],
          }),
        ]
        expect(new Set(commitments).size).toBe(commitments.length)
      }),
    )
  })

  test('has options with references in its sequence', () => {
    const option = {
      price: flexPrice(100n),
      minActivationFactor: activationFactor(1),
      periods: [{ period: deliveryPeriod(9), power: signedW(-4n) }],
    }
    const known = {
      id: '3',
      request: '2',
      congestionPoint: parseEntityAddress('ea1.2026-01.example.dso:feeder-n'),
      contract: null,
      portfolio: '1',
    }
    const offer = offerOfDraft({ expiresAt: 9, options: [option, option] }, known)
    expect(offer.options.map(({ reference }) => reference)).toEqual(['0', '1'])
  })
})

describe('what is settled as it is packed', () => {
  const deliveries = fc.record({
    orderId: numbers,
    period: periods,
    moved: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(energyWh),
    opposed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(energyWh),
    assetCount: numbers,
    assetsRoot: bytes32,
  })

  test('comes out as it went in', () => {
    fc.assert(
      fc.property(fc.array(deliveries), (all) => {
        const packed = packDeliveries(all)
        expect(packed.length).toBe(2 + all.length * 120)
        expect(unpackDeliveries(packed)).toEqual(all)
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ reservationId: numbers, period: periods, available: powers })), (all) => {
        const packed = packAvailability(all)
        expect(packed.length).toBe(2 + all.length * 24)
        expect(unpackAvailability(packed)).toEqual(all)
      }),
    )
  })
})
