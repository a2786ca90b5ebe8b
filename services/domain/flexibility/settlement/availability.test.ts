import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, money, powerW } from '../../units.ts'
import {
  availablePowerOf,
  payAvailability,
  provenPermilleOf,
  type AvailabilityProof,
  type ReservedPeriod,
} from './availability.ts'

const proof = (first: number, last: number, ordered: bigint, delivered: bigint): AvailabilityProof => ({
  firstPeriod: deliveryPeriod(first),
  lastPeriod: deliveryPeriod(last),
  ordered: energyWh(ordered),
  delivered: energyWh(delivered),
})
const reserved = (period: number, overrides: Partial<ReservedPeriod> = {}): ReservedPeriod => ({
  period: deliveryPeriod(period),
  reserved: powerW(10_000n),
  request: null,
  metered: powerW(12_000n),
  ...overrides,
})
const proven = (proofs: readonly AvailabilityProof[], period: number, deadband = 50) =>
  provenPermilleOf(proofs, deliveryPeriod(period), deadband)

describe('provenPermilleOf', () => {
  const prequalification = proof(100, 103, 10_000n, 10_000n)
  const failedTest = proof(200, 203, 10_000n, 4_000n)
  const passedTest = proof(300, 300, 10_000n, 9_600n)

  test('is nothing without a proof', () => {
    expect(proven([], 100)).toBe(0n)
  })

  test('is full within the deadband of a proof, and its thousandths beyond it', () => {
    expect(proven([passedTest], 300)).toBe(1_000n)
    expect(proven([passedTest], 300, 39)).toBe(960n)
  })

  test('takes back, by a failed test, what it now shows was not available since the proof before', () => {
    const proofs = [prequalification, failedTest, passedTest]
    expect([99, 100, 103].map((period) => proven(proofs, period))).toEqual([1_000n, 1_000n, 1_000n])
    expect([104, 199, 200, 203].map((period) => proven(proofs, period))).toEqual([400n, 400n, 400n, 400n])
    expect([204, 299].map((period) => proven(proofs, period))).toEqual([400n, 400n])
    expect([300, 999].map((period) => proven(proofs, period))).toEqual([1_000n, 1_000n])
  })

  test('does not depend on the order in which proofs come', () => {
    const proofs = [prequalification, failedTest, passedTest]
    for (const period of [0, 150, 201, 250, 400]) {
      expect(proven(proofs.toReversed(), period)).toBe(proven(proofs, period))
    }
  })
})

describe('availablePowerOf', () => {
  test('is what is reserved where all of it can be seen and is proved', () => {
    expect(availablePowerOf(reserved(1), 1_000n)).toBe(10_000n)
  })

  test('is no more than the metered assets can do', () => {
    expect(availablePowerOf(reserved(1, { metered: powerW(7_000n) }), 1_000n)).toBe(7_000n)
  })

  test('is less by what was requested and not offered, up to what is reserved', () => {
    const request = (requested: bigint, offered: bigint) =>
      reserved(1, { request: { requested: powerW(requested), offered: powerW(offered) } })
    expect(availablePowerOf(request(6_000n, 6_000n), 1_000n)).toBe(10_000n)
    expect(availablePowerOf(request(6_000n, 2_000n), 1_000n)).toBe(6_000n)
    expect(availablePowerOf(request(50_000n, 9_000n), 1_000n)).toBe(9_000n)
    expect(availablePowerOf(request(6_000n, 9_000n), 1_000n)).toBe(10_000n)
  })

  test('is rounded down to the watt', () => {
    expect(availablePowerOf(reserved(1, { reserved: powerW(1_001n) }), 999n)).toBe(999n)
  })
})

describe('payAvailability', () => {
  test('pays by kW and period: 10 kW for two periods at 1,500 micro-euro are 30,000', () => {
    const terms = { price: money(1_500n), deadbandPermille: 50 }
    const paid = payAvailability(terms, [reserved(100), reserved(101)], [proof(90, 90, 10n, 10n)])
    expect(paid.map(({ payment }) => payment)).toEqual([15_000n, 15_000n])
  })

  test('never pays more than the reservation, nor more for less that is metered, offered or proved', () => {
    const powers = fc.bigInt(0n, 20_000n)
    const periods = fc
      .record({ reserved: powers, metered: powers, requested: powers, offered: powers })
      .map(({ reserved: power, metered, requested, offered }) =>
        reserved(100, {
          reserved: powerW(power),
          metered: powerW(metered),
          request: { requested: powerW(requested), offered: powerW(offered) },
        }),
      )
    const terms = { price: money(1_234n), deadbandPermille: 50 }
    fc.assert(
      fc.property(periods, fc.bigInt(0n, 10_000n), powers, (period, delivered, less) => {
        const paymentOf = (of: ReservedPeriod, by: bigint) =>
          payAvailability(terms, [of], [proof(90, 90, 10_000n, by)])[0]!.payment
        const paid = paymentOf(period, delivered)
        expect(paid * 1_000n <= terms.price * period.reserved).toBe(true)
        const cut = (power: bigint) => powerW(power > less ? power - less : 0n)
        expect(paymentOf({ ...period, metered: cut(period.metered) }, delivered) <= paid).toBe(true)
        const request = { ...period.request!, offered: cut(period.request!.offered) }
        expect(paymentOf({ ...period, request }, delivered) <= paid).toBe(true)
        expect(paymentOf(period, delivered > less ? delivered - less : 0n) <= paid).toBe(true)
      }),
    )
  })
})
