import { describe, expect, test } from 'vitest'
import { deliveryPeriod, money, powerW, rate, startOf } from '../../units.ts'
import type { FlexReservation, ReservationRelease } from '../trading/flex-reservation.ts'
import {
  available,
  CONGESTION_POINT,
  FIRST,
  offerOf,
  orderOf,
  PRODUCT,
  requested,
  requestOf,
} from '../trading/flex-trade-for-test.ts'
import { requireOptionAnswers } from '../trading/offer-rules.ts'
import { candidateOfOffer, candidateOfReserve, requireDirectOrder } from './candidate.ts'
import { meritOrderOf } from './merit-order.ts'

const reservation = (power: bigint, first = 0, last = 7): FlexReservation => ({
  ...{ contract: 'C1', congestionPoint: CONGESTION_POINT, product: PRODUCT.id, portfolio: 'pool-7' },
  availabilityPrice: money(1_000n),
  utilisationPrice: rate(200_000n),
  releaseLeadSeconds: 0,
  windows: [
    { firstPeriod: deliveryPeriod(FIRST + first), lastPeriod: deliveryPeriod(FIRST + last), power: powerW(power) },
  ],
})
const release = (offset: number, power: bigint): ReservationRelease => ({
  ...{ contract: 'C1', reference: 'R1', releasedAt: startOf(deliveryPeriod(FIRST)) - 100 },
  periods: [{ period: deliveryPeriod(FIRST + offset), power: powerW(power) }],
})
const context = (periods = requestOf().periods) => ({
  request: requestOf({ periods }),
  product: PRODUCT,
  effectPpm: 1_000_000,
})
const offsetsOf = (periods: readonly { readonly period: number }[]) => periods.map(({ period }) => period - FIRST)

describe('requireDirectOrder', () => {
  const reserve = candidateOfReserve(reservation(10_000n), [], context())!
  const [option] = reserve.options
  const order = orderOf(offerOf({ options: [option!] }), 30, { offer: null, contract: 'C1', option: 'direct-1' })

  test('takes any part of what is reserved, at the contract’s price', () => {
    expect(order).toMatchObject({ price: 300_000n, activationFactor: 30 })
    expect(() => requireDirectOrder(order, reserve)).not.toThrow()
  })

  test('refuses another contract, an offer, another schedule and another price', () => {
    const refused = (overrides: object) => () => requireDirectOrder({ ...order, ...overrides }, reserve)
    const withCode = (code: string) => expect.objectContaining({ code }) as unknown
    expect(refused({ contract: 'C2' })).toThrow(withCode('flex-contract-unknown'))
    expect(refused({ offer: offerOf().id })).toThrow(withCode('flex-contract-unknown'))
    expect(refused({ option: 'direct-2' })).toThrow(withCode('flex-option-unknown'))
    expect(refused({ price: money(300_100n) })).toThrow(withCode('flex-order-price-differs'))
  })
})

describe('candidateOfReserve', () => {
  test('is what is reserved where power is requested, at the contract’s price', () => {
    const reserve = candidateOfReserve(reservation(10_000n), [], context())!
    expect(reserve).toMatchObject({ kind: 'reserve', id: 'C1' })
    expect(reserve.options).toEqual([
      {
        reference: 'direct-1',
        // 5 kWh at 0.20 euro.
        price: 1_000_000n,
        minActivationFactor: 1,
        periods: [
          { period: FIRST, power: -10_000n },
          { period: FIRST + 1, power: -10_000n },
        ],
      },
    ])
  })

  test('leaves out what was released, and what is left below the minimum size', () => {
    expect(candidateOfReserve(reservation(10_000n), [release(0, 999n)], context())!.options[0]!.periods).toEqual([
      { period: FIRST + 1, power: -10_000n },
    ])
    expect(candidateOfReserve(reservation(10_000n), [release(1, 4_000n)], context())!.options[0]!.periods[1]).toEqual({
      period: FIRST + 1,
      power: -4_000n,
    })
    expect(candidateOfReserve(reservation(10_000n, 2, 3), [], context())).toBeNull()
  })

  test('keeps to how long the product may be active and rests, each option from another period on', () => {
    const periods = [0, 1, 2, 3, 4, 5, 6].map((offset) => requested(offset, -40_000n))
    const { options } = candidateOfReserve(reservation(10_000n), [], context(periods))!
    expect(options.map((option) => offsetsOf(option.periods))).toEqual([
      [0, 1, 2, 3, 6],
      [1, 2, 3, 4],
      [2, 3, 4, 5],
      [3, 4, 5, 6],
      [4, 5, 6],
      [5, 6],
      [6],
    ])
    for (const option of options) {
      expect(() => requireOptionAnswers(option, requestOf({ periods }), PRODUCT)).not.toThrow()
    }
  })

  test('is ordered among the offers, where it is cheaper for its effect', () => {
    const request = requestOf({ periods: [requested(0, -12_000n), requested(1, -12_000n), available(2, 0n, 20_000n)] })
    const offer = candidateOfOffer(offerOf(), 1_000_000)
    const facts = { request, product: PRODUCT, seed: `0x${'00'.repeat(32)}` }
    const ordered = (utilisationPrice: bigint) => {
      const contract = { ...reservation(10_000n), utilisationPrice: rate(utilisationPrice) }
      const reserve = candidateOfReserve(contract, [], { ...context(), request })!
      const { chosen } = meritOrderOf({ ...facts, candidates: [offer, reserve] })
      return Object.fromEntries(chosen.map(({ kind, activationFactor }) => [kind, activationFactor]))
    }
    // The offer costs 0.20 euro a kWh, and no less than half of it is to be had.
    expect(ordered(150_000n)).toEqual({ offer: 50, reserve: 70 })
    expect(ordered(250_000n)).toEqual({ offer: 100, reserve: 20 })
  })
})
