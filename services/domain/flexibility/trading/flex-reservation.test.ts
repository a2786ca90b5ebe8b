import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, money, powerW, rate, startOf } from '../../units.ts'
import {
  parseFlexReservation,
  parseReservationRelease,
  requireFlexReservation,
  requireRelease,
  reservedPowerAt,
  type FlexReservation,
  type ReservationRelease,
} from './flex-reservation.ts'
import { CONGESTION_POINT, FIRST, PRODUCT } from './flex-trade-for-test.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const window = (first: number, last: number, power: bigint) => ({
  firstPeriod: deliveryPeriod(FIRST + first),
  lastPeriod: deliveryPeriod(FIRST + last),
  power: powerW(power),
})
const reservation = (overrides: Partial<FlexReservation> = {}): FlexReservation => ({
  contract: 'C1',
  congestionPoint: CONGESTION_POINT,
  product: PRODUCT.id,
  portfolio: 'pool-7',
  availabilityPrice: money(1_500n),
  utilisationPrice: rate(200_000n),
  releaseLeadSeconds: 43_200,
  windows: [window(0, 3, 10_000n), window(8, 8, 5_000n)],
  ...overrides,
})
const release = (
  powers: Readonly<Record<number, bigint>>,
  overrides: Partial<ReservationRelease> = {},
): ReservationRelease => ({
  contract: 'C1',
  reference: 'release-1',
  releasedAt: startOf(deliveryPeriod(FIRST)) - 43_200,
  periods: Object.entries(powers).map(([offset, power]) => ({
    period: deliveryPeriod(FIRST + Number(offset)),
    power: powerW(power),
  })),
  ...overrides,
})
const reserved = (releases: readonly ReservationRelease[], offset: number) =>
  reservedPowerAt(reservation(), releases, deliveryPeriod(FIRST + offset))

describe('requireFlexReservation', () => {
  test('takes windows that are apart, and prices up to the product’s', () => {
    expect(() => requireFlexReservation(reservation(), PRODUCT)).not.toThrow()
  })

  test.each([
    ['overlapping windows', { windows: [window(0, 3, 10_000n), window(3, 4, 10_000n)] }],
    ['a window that ends before it starts', { windows: [window(3, 2, 10_000n)] }],
    ['no window', { windows: [] }],
    ['power below the minimum size', { windows: [window(0, 3, 999n)] }],
    ['a dearer availability than the product allows', { availabilityPrice: money(2_001n) }],
    ['a negative utilisation price', { utilisationPrice: rate(-1n) }],
    ['a release after the start', { releaseLeadSeconds: -1 }],
  ])('refuses %s', (_, overrides) => {
    expect(() => requireFlexReservation(reservation(overrides), PRODUCT)).toThrow(withCode('flex-reservation-invalid'))
  })

  test('refuses another product', () => {
    expect(() => requireFlexReservation(reservation({ product: 'other' }), PRODUCT)).toThrow(
      withCode('flex-product-unknown'),
    )
  })
})

describe('reservedPowerAt', () => {
  test('is the window’s power, less what was released, and nothing outside of it', () => {
    expect([-1, 0, 3, 4, 8, 9].map((offset) => reserved([], offset))).toEqual([0n, 10_000n, 10_000n, 0n, 5_000n, 0n])
    expect([0, 1].map((offset) => reserved([release({ 0: 4_000n })], offset))).toEqual([4_000n, 10_000n])
    expect(reserved([release({ 0: 0n })], 0)).toBe(0n)
  })

  test('never rises by a release, in whatever order they come', () => {
    const powers = fc.array(fc.bigInt(0n, 20_000n), { maxLength: 6 })
    fc.assert(
      fc.property(powers, (list) => {
        const releases = list.map((power) => release({ 0: power }))
        const left = reserved(releases, 0)
        expect(left <= 10_000n).toBe(true)
        expect(reserved(releases.toReversed(), 0)).toBe(left)
      }),
    )
  })
})

describe('requireRelease', () => {
  test('takes what lessens a reservation in time', () => {
    expect(() => requireRelease(release({ 0: 4_000n, 8: 0n }), reservation(), [])).not.toThrow()
    expect(() => requireRelease(release({ 0: 4_000n }), reservation(), [release({ 0: 4_000n })])).not.toThrow()
  })

  test.each([
    ['another contract', release({ 0: 0n }, { contract: 'C2' }), 'flex-contract-unknown'],
    ['a period in which nothing is reserved', release({ 4: 0n }), 'flex-release-outside-reservation'],
    ['more than is reserved', release({ 0: 10_001n }), 'flex-release-raises'],
    ['more than an earlier release left', release({ 1: 4_001n }), 'flex-release-raises'],
    [
      'what comes too late',
      release({ 0: 0n }, { releasedAt: startOf(deliveryPeriod(FIRST)) - 43_199 }),
      'flex-release-too-late',
    ],
  ])('refuses %s', (_, late, code) => {
    expect(() => requireRelease(late, reservation(), [release({ 1: 4_000n })])).toThrow(withCode(code))
  })
})

describe('parseFlexReservation and parseReservationRelease', () => {
  test('read what their JSON says', () => {
    const { windows, availabilityPrice, utilisationPrice, ...rest } = reservation()
    const json = {
      ...rest,
      availabilityPriceMicroEuroPerKwAndPeriod: `${availabilityPrice}`,
      utilisationPriceMicroEuroPerKwh: `${utilisationPrice}`,
      windows: windows.map(({ power, ...periods }) => ({ ...periods, powerW: `${power}` })),
    }
    expect(parseFlexReservation(json)).toEqual(reservation())
    expect(() => parseFlexReservation({ ...json, windows: [{}] })).toThrow(withCode('flex-message-malformed'))
    const { periods, ...head } = release({ 0: 4_000n })
    const releaseJson = {
      ...head,
      periods: periods.map(({ period, power }) => ({ deliveryPeriod: period, powerW: `${power}` })),
    }
    expect(parseReservationRelease(releaseJson)).toEqual(release({ 0: 4_000n }))
    expect(() => parseReservationRelease({ ...releaseJson, periods: [] })).toThrow(withCode('flex-periods-empty'))
  })
})
