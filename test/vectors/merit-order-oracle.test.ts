import fc from 'fast-check'
import loadHighs, { type Highs } from 'highs'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  meritOrderOf,
  UNMET_PRICE_IN_CAPS,
  type MeritOrder,
} from '../../services/domain/flexibility/merit-order/merit-order.ts'
import { activationFactor } from '../../services/domain/flexibility/trading/activation-factor.ts'
import { parseEntityAddress } from '../../services/domain/flexibility/trading/entity-address.ts'
import { deliveryPeriod, money, powerW, rate, signedW } from '../../services/domain/units.ts'

/** Relief in W by period, for a price in micro-euro, in any part of it or from `least` hundredths on. */
type Option = { readonly relief: readonly number[]; readonly price: number; readonly least: number }
/** Needs in W by period; of the options of an offer at most one is taken. Every W has its full effect. */
type Market = {
  readonly needs: readonly number[]
  readonly offers: readonly (readonly Option[])[]
  readonly cap: number
}

const FIRST = 1_979_472
const TOLERANCE = 1e-6

// Its types describe the CommonJS build, in which the loader is a property of what is imported.
const load = loadHighs as unknown as typeof loadHighs.default
let highs: Highs
beforeAll(async () => {
  highs = await load()
})

const marketOf = (size: {
  readonly periods: number
  readonly offers: number
  readonly fewestOffers?: number
  readonly options: number
  readonly least: fc.Arbitrary<number>
}) =>
  fc.record<Market>({
    needs: fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: size.periods, maxLength: size.periods }),
    offers: fc.array(
      fc.array(
        fc
          .record({
            relief: fc.array(fc.integer({ min: 100, max: 9_000 }), { minLength: 1, maxLength: size.periods }),
            start: fc.nat(size.periods - 1),
            perKwh: fc.integer({ min: 10_000, max: 600_000 }),
            least: size.least,
          })
          .map(({ relief, start, perKwh, least }): Option => {
            const within = Array.from({ length: size.periods }, (_, period) => relief[period - start] ?? 0)
            const energy = within.reduce((sum, power) => sum + power, 0) / 4_000
            return { relief: within, price: Math.round((energy * perKwh) / 100) * 100, least }
          }),
        { minLength: 1, maxLength: size.options },
      ),
      { minLength: size.fewestOffers ?? 1, maxLength: size.offers },
    ),
    cap: fc.constant(700_000),
  })

describe('meritOrderOf, beside an independent solver', () => {
  test.each([
    ['one period', marketOf({ periods: 1, offers: 12, options: 2, least: fc.integer({ min: 1, max: 100 }) }), 60],
    ['several periods', marketOf({ periods: 5, offers: 8, options: 2, least: fc.integer({ min: 1, max: 100 }) }), 60],
    ['offers in any part', marketOf({ periods: 4, offers: 8, options: 1, least: fc.constant(1) }), 40],
    ['offers in one piece', marketOf({ periods: 6, offers: 14, options: 3, least: fc.constant(100) }), 60],
  ])(
    'is no cheaper than the linear program, and within its own gap of the integer one: %s',
    (_, markets, numRuns) => {
      fc.assert(
        fc.property(markets, (market) => {
          const merit = orderFor(market)
          const objective = objectiveOf(market, merit)
          const [linear, whole] = [solve(market, 'linear'), solve(market, 'whole')]
          const tolerance = TOLERANCE * (1 + whole)
          expect(objective).toBeGreaterThanOrEqual(linear - tolerance)
          expect(objective).toBeGreaterThanOrEqual(whole - tolerance)
          expect(objective - Number(merit.gap)).toBeLessThanOrEqual(whole + tolerance)
          if (merit.gap === 0n) expect(objective).toBeLessThanOrEqual(whole + tolerance)
        }),
        { numRuns },
      )
    },
    300_000,
  )

  test('costs what the linear program does where offers can be parted as it likes', () => {
    // Each offer is 1,000 W in one period, so that a hundredth is 10 W, and needs are in steps of 10 W.
    const periods = 6
    const offer = fc.record({ period: fc.nat(periods - 1), price: fc.integer({ min: 10, max: 1_700 }) })
    const markets = fc.record({
      steps: fc.array(fc.integer({ min: 1, max: 800 }), { minLength: periods, maxLength: periods }),
      offers: fc.array(offer, { minLength: 20, maxLength: 60 }),
    })
    fc.assert(
      fc.property(markets, ({ steps, offers }) => {
        const market: Market = {
          needs: steps.map((step) => step * 10),
          offers: offers.map(({ period, price }) => [
            {
              relief: Array.from({ length: periods }, (_, index) => (index === period ? 1_000 : 0)),
              price: price * 100,
              least: 1,
            },
          ]),
          cap: 700_000,
        }
        const merit = orderFor(market)
        expect(merit.gap).toBe(0n)
        expect(objectiveOf(market, merit)).toBeCloseTo(solve(market, 'linear'), 3)
      }),
      { numRuns: 100 },
    )
  }, 300_000)

  test('stays near the linear program with 200 offers for a day', () => {
    const [market] = fc.sample(
      marketOf({ periods: 96, offers: 200, fewestOffers: 200, options: 2, least: fc.integer({ min: 1, max: 100 }) }),
      { seed: 20_261_127, numRuns: 1 },
    )
    const merit = orderFor(market!)
    const objective = objectiveOf(market!, merit)
    const linear = solve(market!, 'linear')
    expect(objective).toBeGreaterThanOrEqual(linear * (1 - TOLERANCE))
    expect(objective - Number(merit.gap)).toBeGreaterThanOrEqual(linear * (1 - TOLERANCE))
    expect(Number(merit.gap)).toBeLessThan(objective * 0.05)
  }, 300_000)
})

function orderFor({ needs, offers, cap }: Market): MeritOrder {
  return meritOrderOf({
    request: {
      id: 'request',
      congestionPoint: parseEntityAddress('ean.871234567890123456'),
      ...{ product: 'product', contract: null, revision: 1, expiresAt: 0, priceCap: rate(BigInt(cap)) },
      periods: needs.map((need, index) => ({
        period: deliveryPeriod(FIRST + index),
        disposition: 'requested',
        minPower: signedW(-BigInt(need)),
        maxPower: signedW(0n),
      })),
    },
    product: { direction: 'consume-less', minimumSize: powerW(1n) },
    candidates: offers.map((options, index) => ({
      ...{ kind: 'offer', id: `${index}`, effectPpm: 1_000_000 },
      options: options.map(({ relief, price, least }, place) => ({
        reference: `${place}`,
        price: money(BigInt(price)),
        minActivationFactor: activationFactor(least),
        periods: relief.map((power, period) => ({
          period: deliveryPeriod(FIRST + period),
          power: signedW(-BigInt(power)),
        })),
      })),
    })),
    seed: `0x${'00'.repeat(32)}`,
  })
}

/** Micro-euro, before order prices are rounded, with the price of what stays unmet. */
function objectiveOf({ needs, offers, cap }: Market, { chosen }: MeritOrder): number {
  const parts = chosen.map(({ id, option, activationFactor: factor }) => ({
    of: offers[Number(id)]![Number(option)]!,
    factor,
  }))
  const cost = parts.reduce((sum, { of, factor }) => sum + (of.price * factor) / 100, 0)
  const unmet = needs.map((need, period) => {
    const covered = parts.reduce((sum, { of, factor }) => sum + (of.relief[period]! * factor) / 100, 0)
    return Math.max(0, need - covered)
  })
  return cost + unmet.reduce((sum, power) => sum + power, 0) * unmetPriceOf(cap)
}

function unmetPriceOf(cap: number): number {
  return Math.ceil((cap * Number(UNMET_PRICE_IN_CAPS)) / 4_000)
}

/** Parts f of options, whole hundredths h or not, and what is unmet u; in the language of the solver, costs in euro. */
function solve({ needs, offers, cap }: Market, kind: 'linear' | 'whole'): number {
  const columns = offers.flatMap((options, offer) =>
    options.map((option, place) => ({ ...option, name: `${offer}_${place}` })),
  )
  const sum = (terms: readonly string[]) => (terms.length === 0 ? '0 zero' : terms.join(' + '))
  const costs = [
    ...columns.map(({ price, name }) => `${price / 1e8} h${name}`),
    ...needs.map((_, period) => `${unmetPriceOf(cap) / 1e6} u${period}`),
  ]
  const rows = needs.map((need, period) => {
    const covering = columns.filter(({ relief }) => relief[period]! > 0)
    return `${sum([...covering.map(({ relief, name }) => `${relief[period]! / 100} h${name}`), `u${period}`])} >= ${need}`
  })
  const isWhole = kind === 'whole'
  const one = offers.map(
    (options, offer) =>
      `${sum(options.map((_, place) => (isWhole ? `y${offer}_${place}` : `h${offer}_${place}`)))} <= ${isWhole ? 1 : 100}`,
  )
  const links = isWhole
    ? columns.flatMap(({ name, least }) => [`h${name} - 100 y${name} <= 0`, `h${name} - ${least} y${name} >= 0`])
    : []
  const bounds = columns.map(({ name }) => `0 <= h${name} <= 100`)
  const integers = isWhole
    ? `General\n ${columns.map(({ name }) => `h${name}`).join('\n ')}\nBinary\n ${columns.map(({ name }) => `y${name}`).join('\n ')}\n`
    : ''
  const program = highs.solve(
    `Minimize\n o: ${sum(costs)}\nSubject To\n ${[...rows, ...one, ...links].join('\n ')}\nBounds\n ${bounds.join('\n ')}\n${integers}End\n`,
    { output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0 },
  )
  expect(program.Status).toBe('Optimal')
  return program.ObjectiveValue * 1e6
}
