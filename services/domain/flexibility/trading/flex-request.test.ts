import { describe, expect, test } from 'vitest'
import { deliveryPeriod, rate, startOf } from '../../units.ts'
import { needOf, parseFlexRequest, requireFlexRequest, requireRequestable } from './flex-request.ts'
import {
  available,
  CONGESTION_POINT,
  FIRST,
  messageId,
  NOW,
  PRODUCT,
  requested,
  requestOf,
} from './flex-trade-for-test.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('requireFlexRequest', () => {
  test('returns the periods ascending', () => {
    const request = requestOf()
    expect(requireFlexRequest({ ...request, periods: request.periods.toReversed() })).toEqual(request)
  })

  test.each([
    ['minPower above maxPower', [requested(0, -1n, -2n)], 'flex-request-bounds-crossed'],
    ['power requested both ways', [requested(0, -1n, 1n)], 'flex-request-without-direction'],
    ['power requested neither way', [requested(0, 0n, 0n)], 'flex-request-without-direction'],
    ['no room to keep to the baseline', [requested(0, -1n), available(1, 1n, 2n)], 'flex-request-room-invalid'],
    ['no room, below it', [requested(0, -1n), available(1, -2n, -1n)], 'flex-request-room-invalid'],
    ['no requested period', [available(0, -1n, 1n)], 'flex-request-without-requested-period'],
    ['no period', [], 'flex-periods-empty'],
    ['a period twice', [requested(0, -1n), requested(0, -2n)], 'flex-period-twice'],
    ['more than a day', [requested(0, -1n), requested(100, -2n)], 'flex-periods-too-many'],
  ])('refuses %s', (_, periods, code) => {
    expect(() => requireFlexRequest(requestOf({ periods }))).toThrow(withCode(code))
  })

  test('takes a day of 100 quarter-hours', () => {
    const periods = Array.from({ length: 100 }, (_, offset) => requested(offset, -1n))
    expect(requireFlexRequest(requestOf({ periods })).periods).toHaveLength(100)
  })

  test.each([
    ['a negative cap', { priceCap: rate(-1n) }],
    ['a revision that is not whole', { revision: 1.5 }],
  ])('refuses %s', (_, overrides) => {
    expect(() => requireFlexRequest(requestOf(overrides))).toThrow(withCode('flex-request-invalid'))
  })
})

describe('needOf', () => {
  test('is the bound farther from the baseline, in its direction', () => {
    expect(needOf(requested(0, -3_000n, -1_000n))).toEqual({ direction: 'consume-less', power: 3_000n })
    expect(needOf(requested(0, 1_000n, 3_000n))).toEqual({ direction: 'consume-more', power: 3_000n })
    expect(needOf(available(0, -3_000n, 3_000n))).toBeNull()
  })
})

describe('requireRequestable', () => {
  const context = { product: PRODUCT, lastRevision: null, now: NOW }

  test('takes the first request, and one of a greater revision', () => {
    expect(() => requireRequestable(requestOf(), context)).not.toThrow()
    expect(() => requireRequestable(requestOf(), { ...context, lastRevision: 0 })).not.toThrow()
  })

  test('refuses a revision that does not follow', () => {
    expect(() => requireRequestable(requestOf(), { ...context, lastRevision: 1 })).toThrow(
      withCode('flex-request-superseded'),
    )
  })

  test('refuses another product, and the opposite of what the product does', () => {
    expect(() => requireRequestable(requestOf({ product: 'other' }), context)).toThrow(withCode('flex-product-unknown'))
    expect(() => requireRequestable(requestOf({ periods: [requested(0, 1n, 2n)] }), context)).toThrow(
      withCode('flex-request-wrong-direction'),
    )
  })

  test('has to expire after now, and early enough for an order to be activated', () => {
    const latest = startOf(deliveryPeriod(FIRST)) - PRODUCT.activationLeadSeconds
    const expiring = (expiresAt: number) => () => requireRequestable(requestOf({ expiresAt }), context)
    expect(expiring(latest)).not.toThrow()
    expect(expiring(latest + 1)).toThrow(withCode('flex-expiry-out-of-bounds'))
    expect(expiring(NOW)).toThrow(withCode('flex-expiry-out-of-bounds'))
  })
})

describe('parseFlexRequest', () => {
  const json = {
    id: messageId(1),
    congestionPoint: CONGESTION_POINT,
    product: PRODUCT.id,
    contract: null,
    revision: 1,
    expiresAt: NOW + 1_800,
    priceCapMicroEuroPerKwh: '500000',
    periods: [
      { deliveryPeriod: FIRST, disposition: 'requested', minPowerW: '-40000', maxPowerW: '0' },
      { deliveryPeriod: FIRST + 1, disposition: 'requested', minPowerW: '-40000', maxPowerW: '0' },
      { deliveryPeriod: FIRST + 2, disposition: 'available', minPowerW: '-20000', maxPowerW: '20000' },
      { deliveryPeriod: FIRST + 3, disposition: 'available', minPowerW: '-20000', maxPowerW: '20000' },
    ],
  }

  test('reads what its JSON says', () => {
    expect(parseFlexRequest(json)).toEqual(requestOf())
  })

  test.each([
    ['no object', null, 'flex-message-malformed'],
    ['a list', [], 'flex-message-malformed'],
    ['an id that is no UUID', { ...json, id: '1' }, 'flex-message-id-invalid'],
    ['an address that is none', { ...json, congestionPoint: 'transformer 7' }, 'entity-address-invalid'],
    ['a cap that is a number', { ...json, priceCapMicroEuroPerKwh: 5 }, 'flex-message-malformed'],
    ['a time that is not whole', { ...json, expiresAt: 0.5 }, 'flex-message-malformed'],
    ['no periods', { ...json, periods: undefined }, 'flex-message-malformed'],
    ['a period that is no object', { ...json, periods: [1] }, 'flex-message-malformed'],
    [
      'another disposition',
      { ...json, periods: [{ ...json.periods[0], disposition: 'wanted' }] },
      'flex-message-malformed',
    ],
    [
      'a power beyond 2^31 W',
      { ...json, periods: [{ ...json.periods[0], minPowerW: '-2147483648' }] },
      'power-out-of-range',
    ],
    ['an empty product', { ...json, product: '' }, 'flex-message-malformed'],
  ])('refuses %s', (_, input, code) => {
    expect(() => parseFlexRequest(input)).toThrow(withCode(code))
  })
})
