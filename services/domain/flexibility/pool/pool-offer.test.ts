import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, powerW, rate, signedW } from '../../units.ts'
import { powerIn } from '../flex-direction.ts'
import { FULL_ACTIVATION, powerAt } from '../trading/activation-factor.ts'
import { requireFlexOffer } from '../trading/flex-offer.ts'
import { requireFlexRequest, type RequestedPeriod } from '../trading/flex-request.ts'
import { PRODUCT, requestOf } from '../trading/flex-trade-for-test.ts'
import { requireOptionAnswers } from '../trading/offer-rules.ts'
import type { FlexibleDevice } from './device-flexibility.ts'
import { coversOption, offersOfPool, type PoolAsset, type PoolPolicy, type PoolRequest } from './pool-offer.ts'

const repeated = <Value>(value: Value): Value[] => Array.from({ length: 8 }, () => value)
const battery = (id: number, overrides: Partial<FlexibleDevice> = {}, ask = 50_000n): PoolAsset => ({
  flexibility: {
    device: `0x${id.toString(16).padStart(40, '0')}`,
    memberId: id,
    firstPeriod: deliveryPeriod(100),
    planW: repeated(0),
    leastW: repeated(-4_000),
    mostW: repeated(4_000),
    storedWh: 2_000,
    leastStoredWh: repeated(0),
    mostStoredWh: repeated(4_000),
    efficiencyPermille: 1_000,
    ...overrides,
  },
  reliabilityPermille: 1_000,
  ask: rate(ask),
})
/** Needs 1,000 Wh by the end, and plans to take them in the second period. */
const car = (id: number): PoolAsset =>
  battery(id, {
    planW: [0, 4_000, 0, 0, 0, 0, 0, 0],
    leastW: repeated(0),
    storedWh: 0,
    leastStoredWh: [0, 0, 0, 0, 0, 0, 0, 1_000],
    mostStoredWh: repeated(1_000),
  })
const available = (period: number, maxPower: bigint): RequestedPeriod => ({
  period: deliveryPeriod(period),
  disposition: 'available',
  minPower: signedW(-50_000n),
  maxPower: signedW(maxPower),
})
const requested = (period: number, power: bigint): RequestedPeriod => ({
  period: deliveryPeriod(period),
  disposition: 'requested',
  minPower: signedW(-power),
  maxPower: signedW(0n),
})
const request = (overrides: Partial<PoolRequest> = {}): PoolRequest => ({
  product: {
    direction: 'consume-less',
    minimumSize: powerW(500n),
    longestActivationSeconds: 7_200,
    recoverySeconds: 0,
  },
  periods: [
    available(100, 0n),
    ...[101, 102].map((period) => requested(period, 20_000n)),
    ...[103, 104].map((period) => available(period, 3_000n)),
  ],
  priceCap: rate(1_000_000n),
  effectPpm: 1_000_000,
  prequalified: powerW(50_000n),
  ...overrides,
})
const policy: PoolPolicy = {
  feePermille: 500,
  compensation: rate(50_000n),
  marginPermille: 0,
  targetPermille: 900,
  mostOffers: 4,
}
const powersOf = ({ periods }: { readonly periods: readonly { readonly period: number; readonly power: bigint }[] }) =>
  periods.map(({ period, power }) => [period, Number(power)])

describe('offersOfPool', () => {
  test('offers what a battery holds in all requested periods, and more of it in parts of them', () => {
    const [offer] = offersOfPool([battery(1)], request(), policy)
    expect(offer!.options.map(powersOf)).toEqual([
      [
        [101, -4_000],
        [102, -4_000],
      ],
    ])
    const [weaker] = offersOfPool([battery(1, { storedWh: 1_000 })], request(), policy)
    expect(weaker!.options.map(powersOf)).toEqual([
      [
        [101, -2_000],
        [102, -2_000],
      ],
      [[101, -4_000]],
      [[102, -4_000]],
    ])
  })

  test('costs what members and suppliers get: 2 kWh at 0.10 euro', () => {
    const [offer] = offersOfPool([battery(1)], request(), policy)
    expect(offer!.options[0]).toMatchObject({ price: 200_000n, minActivationFactor: 13 })
  })

  test('offers a car that waits, with its rebound where the request has room, and not more than that', () => {
    const offers = offersOfPool([car(1)], request(), policy)
    expect(offers[0]!.options.map(powersOf)).toEqual([
      [
        [101, -4_000],
        [103, 3_000],
        [104, 1_000],
      ],
    ])
    // The second one has to do with what the first leaves: it waits until after the request.
    const [both] = offersOfPool([car(1), car(2)], request(), policy)
    expect(powersOf(both!.options[0]!)).toEqual([
      [101, -8_000],
      [103, 3_000],
      [104, 3_000],
    ])
  })

  test('has an offer for each price, the cheapest first, and lets the few join the dearer', () => {
    const dear = battery(3, {}, 90_000n)
    const small = battery(4, { leastW: repeated(-400), mostW: repeated(400) }, 10_000n)
    const offers = offersOfPool([dear, battery(1), battery(2), small], request(), policy)
    expect(offers.map(({ devices }) => devices.length)).toEqual([3, 1])
    expect(offers[0]!.options[0]!.periods[0]!.power).toBe(-8_400n)
  })

  test('offers no more than is prequalified in all, than is needed, nor dearer than the cap', () => {
    const pool = [battery(1), battery(2, {}, 60_000n)]
    const powers = (change: Partial<PoolRequest>) =>
      offersOfPool(pool, request(change), policy).map(({ options }) => options[0]!.periods[0]!.power)
    expect(powers({})).toEqual([-4_000n, -4_000n])
    expect(powers({ prequalified: powerW(5_000n) })).toEqual([-4_000n, -1_000n])
    expect(powers({ periods: [requested(101, 1_500n)] })).toEqual([-1_500n, -1_500n])
    expect(powers({ priceCap: rate(100_000n) })).toEqual([-4_000n])
    expect(powers({ priceCap: rate(99_999n) })).toEqual([])
  })

  test('sizes an offer by how reliable its devices are', () => {
    const pool = Array.from({ length: 20 }, (_, id) => ({ ...battery(id + 1), reliabilityPermille: 900 }))
    const sized = (targetPermille: number) =>
      offersOfPool(pool, request({ periods: [requested(101, 200_000n)], prequalified: powerW(200_000n) }), {
        ...policy,
        targetPermille,
      })[0]!.options[0]!.periods[0]!.power
    // A binomial of 20 at 0.9: at least 16 with 96 %, at least 17 with 87 %.
    expect(sized(950)).toBe(-64_000n)
    expect(sized(860)).toBe(-68_000n)
  })

  test('keeps runs as short, and as far apart, as the product has them', () => {
    const periods = [101, 102, 103, 104, 105].map((period) => requested(period, 1_000n))
    const product = { ...request().product, longestActivationSeconds: 1_800, recoverySeconds: 900 }
    const [offer] = offersOfPool([battery(1, { storedWh: 4_000 })], request({ periods, product }), policy)
    expect(offer!.options[0]!.periods.map(({ period }) => period)).toEqual([101, 102, 104, 105])
  })

  test('is covered as long as its devices last, and not once one of them is lost', () => {
    const pool = [battery(1), battery(2)]
    const [option] = offersOfPool(pool, request(), policy)[0]!.options
    expect(coversOption(pool, option!, request(), policy.targetPermille)).toBe(true)
    expect(coversOption(pool.slice(1), option!, request(), policy.targetPermille)).toBe(false)
    expect(coversOption([battery(1), battery(2, { storedWh: 1_999 })], option!, request(), 900)).toBe(false)
  })

  test('answers any request by the rules of offers', () => {
    const powers = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 8, maxLength: 8 })
    const pools = fc.array(fc.record({ storedWh: fc.nat(4_000), ask: fc.bigInt(0n, 300_000n), isCar: fc.boolean() }), {
      maxLength: 6,
    })
    const cases = fc.record({
      pool: pools,
      needs: powers.map((list) => list.map((power) => (power > 1_000 ? BigInt(power) : 0n))),
      room: powers,
      longest: fc.integer({ min: 1, max: 8 }),
      recovery: fc.nat(3),
    })
    fc.assert(
      fc.property(cases, ({ pool, needs, room, longest, recovery }) => {
        fc.pre(needs.some((need) => need > 0n))
        const product = {
          ...PRODUCT,
          minimumSize: powerW(500n),
          longestActivationSeconds: longest * 900,
          recoverySeconds: recovery * 900,
        }
        const periods = needs.map((need, index) =>
          need > 0n ? requested(100 + index, need) : available(100 + index, BigInt(room[index]!)),
        )
        const asked = requireFlexRequest(requestOf({ periods }))
        const assets = pool.map(({ storedWh, ask, isCar }, id) =>
          isCar ? { ...car(id), ask: rate(ask) } : battery(id, { storedWh }, ask),
        )
        const offers = offersOfPool(assets, request({ product, periods, prequalified: powerW(6_000n) }), policy)
        const offered = new Map<number, bigint>()
        for (const { options } of offers) {
          const named = options.map((option, index) => ({ ...option, reference: String(index) }))
          const known = {
            id: 'o',
            request: 'r',
            congestionPoint: asked.congestionPoint,
            contract: null,
            portfolio: 'p',
          }
          requireFlexOffer({ ...known, expiresAt: 1, options: named })
          for (const option of named) {
            requireOptionAnswers(option, asked, product)
            for (const { power } of option.periods) {
              if (powerIn('consume-less', power) === 0n) continue
              const least = powerIn('consume-less', powerAt(option.minActivationFactor, power))
              expect(least >= product.minimumSize).toBe(true)
              expect(powerAt(FULL_ACTIVATION, power)).toBe(power)
            }
          }
          for (const { period } of periods) {
            const largest = named.flatMap((option) => option.periods.filter((one) => one.period === period))
            const most = largest.reduce((high, { power }) => {
              const along = powerIn('consume-less', power)
              return along > high ? along : high
            }, 0n)
            offered.set(period, (offered.get(period) ?? 0n) + most)
          }
        }
        expect([...offered.values()].every((power) => power <= 6_000n)).toBe(true)
      }),
    )
  })
})
