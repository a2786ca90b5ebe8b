import { describe, expect, test } from 'vitest'
import { energyOver, energyWh, money, powerW, rate, signedW, signedWh, startOf, type Money } from '../units.ts'
import { baselineOf } from './baseline/baseline.ts'
import type { BaselineMethod } from './baseline/baseline-method.ts'
import { comparedPeriodsOf } from './baseline/eligible-days.ts'
import { localDayAfter, type LocalDay } from './baseline/local-calendar.ts'
import type { FlowSeries } from './baseline/period-flow.ts'
import { requirePrequalified } from './conflict/prequalification.ts'
import { requireSinglePledges } from './conflict/double-pledge.ts'
import { activationOf, berlin, clockOf, daysFrom, quarterAt } from './flows-for-test.ts'
import { baselineInflationFindingOf } from './gaming/baseline-inflation.ts'
import { GUARD_THRESHOLDS } from './gaming/finding.ts'
import { candidateOfOffer, FULL_EFFECT_PPM } from './merit-order/candidate.ts'
import { meritOrderOf } from './merit-order/merit-order.ts'
import { activationsOn, guardedAsset, noisyHome, pooled } from './noisy-homes-for-test.ts'
import { assetResponseOf } from './settlement/delivery.ts'
import { settleOrder } from './settlement/order-settlement.ts'
import { activationFactor } from './trading/activation-factor.ts'
import type { FlexOffer } from './trading/flex-offer.ts'
import { orderedOf } from './trading/flex-order.ts'
import { CONGESTION_POINT, PRODUCT as LENT_PRODUCT } from './trading/flex-trade-for-test.ts'
import { requireAnswer } from './trading/offer-rules.ts'
import type { FlexRequest } from './trading/flex-request.ts'

const DAYS = daysFrom('2026-04-01', '2026-09-30')
const QUARTERS = ['18:00', '18:15', '18:30', '18:45'].map(quarterAt)
const EVENTS: LocalDay[] = Array.from({ length: 14 }, (_, week) => localDayAfter('2026-06-03' as LocalDay, 7 * week))
const RETAIL = rate(300_000n)
const BATTERY = powerW(6_000n)
const HOMES_OF_POOL = 10

const similarDays: BaselineMethod = { name: '10-of-10', lookBackDays: 45, adjustment: null, fallback: null }
const product = {
  ...LENT_PRODUCT,
  activationLeadSeconds: 900,
  baseline: similarDays,
  penalty: [{ abovePermille: 50, price: rate(400_000n) }],
}

/** How a portfolio behaves: what of an order it delivers, what it uses more on a day, and how often it offers its battery. */
type Conduct = {
  readonly deliveredPercent: bigint
  readonly raisedWhOn: (day: LocalDay, quarter: number) => bigint
  readonly offersOfBattery: number
  /** What the DSO believes that the portfolio can do. */
  readonly prequalified: bigint
}

const honest: Conduct = {
  ...{ deliveredPercent: 100n, raisedWhOn: () => 0n, offersOfBattery: 1 },
  prequalified: BATTERY,
}

/** What a portfolio has earned at the end of the season, and from when on nobody ordered from it any more. */
type Season = { readonly earned: Money; readonly ordered: number; readonly excludedFrom: LocalDay | null }

/**
 * A season of weekly requests that the portfolio under test answers beside a dearer honest one: ordered by merit order,
 * measured against the mean of ten similar days, settled, and searched by the guards after each. A portfolio that the guards
 * find is prequalified no more.
 */
function seasonOf(seed: number, conduct: Conduct): Season {
  const usual = pooled(Array.from({ length: HOMES_OF_POOL }, (_, home) => noisyHome(DAYS, 1_000 * seed + home)))
  let flows = withUse(usual, (day, quarter) => conduct.raisedWhOn(day, quarter))
  let earned = -extraUseOf(conduct)
  let [ordered, excludedFrom]: [number, LocalDay | null] = [0, null]
  const past: LocalDay[] = []
  for (const day of EVENTS) {
    if (excludedFrom !== null) break
    const orders = ordersOn(day, conduct)
    ordered += orders.length
    const delivered = orders.length === 0 ? 0n : (energyOver(BATTERY) * conduct.deliveredPercent) / 100n
    flows = withUse(flows, (on, quarter) => (on === day && QUARTERS.includes(quarter) ? -delivered : 0n))
    earned += settledOn(day, orders, flows, past)
    past.push(day)
    const finding = baselineInflationFindingOf(
      guardedAsset({ flows: knownBy(flows, day), activations: activationsOn(past, QUARTERS) }),
      { adjacentDays: 2, lookBackDays: 45, thresholds: GUARD_THRESHOLDS },
    )
    if (finding !== null) excludedFrom = day
  }
  return { earned: money(earned), ordered, excludedFrom }
}

function requestOn(day: LocalDay): FlexRequest {
  const periods = comparedPeriodsOf(berlin, day, QUARTERS)
  return {
    ...{ id: '1', congestionPoint: CONGESTION_POINT, product: product.id, contract: null, revision: 1 },
    ...{ expiresAt: startOf(periods[0]!) - 7_200, priceCap: rate(900_000n) },
    periods: periods.map((period) => ({
      period,
      disposition: 'requested',
      minPower: signedW(-BATTERY * 2n),
      maxPower: signedW(0n),
    })),
  }
}

function offerOn(day: LocalDay, id: string, portfolio: string, perKwh: bigint): FlexOffer {
  const request = requestOn(day)
  return {
    ...{ id, request: request.id, congestionPoint: CONGESTION_POINT, contract: null, portfolio },
    expiresAt: startOf(request.periods[0]!.period) - 1_800,
    options: [
      {
        reference: '0',
        price: money(perKwh * 6n),
        minActivationFactor: activationFactor(100),
        periods: request.periods.map(({ period }) => ({ period, power: signedW(-BATTERY) })),
      },
    ],
  }
}

/** Orders that the portfolio under test gets, of those of its offers that the DSO takes. */
function ordersOn(day: LocalDay, { offersOfBattery, prequalified }: Conduct) {
  const request = requestOn(day)
  const now = request.expiresAt - 60
  const own = Array.from({ length: offersOfBattery }, (_, index) => offerOn(day, `own-${index}`, 'own', 500_000n))
  const taken: FlexOffer[] = []
  for (const offer of own) {
    requireAnswer(offer, { request, product, now })
    const prequalification = {
      ...{ portfolio: 'own', product: product.id, power: powerW(prequalified) },
      ...{ from: 0, until: 2 ** 31 },
    }
    try {
      requirePrequalified(offer, { product, prequalification, standing: taken, now })
      taken.push(offer)
    } catch (error) {
      expect(error).toMatchObject({ code: 'flex-offer-over-prequalified' })
    }
  }
  const others = [offerOn(day, 'other-0', 'other', 600_000n), offerOn(day, 'other-1', 'other', 650_000n)]
  const offers = [...taken, ...others]
  const { chosen } = meritOrderOf({
    ...{ request, product, seed: `0x${'11'.repeat(32)}` },
    candidates: offers.map((offer) => candidateOfOffer(offer, FULL_EFFECT_PPM)),
  })
  return chosen.flatMap(({ id, activationFactor: factor }) => {
    const offer = taken.find((one) => one.id === id)
    return offer === undefined ? [] : [orderedOf(offer.options[0]!, factor)]
  })
}

/** What the orders of the day come to. Of two orders the first has what was delivered: a kWh is never sold twice. */
function settledOn(
  day: LocalDay,
  orders: ReturnType<typeof ordersOn>,
  flows: FlowSeries,
  past: readonly LocalDay[],
): bigint {
  const activated = comparedPeriodsOf(berlin, day, QUARTERS)
  const { periods } = baselineOf(
    product.baseline,
    activationOf({
      ...{ activated, flows, notifiedAt: startOf(activated[0]!) - 900 },
      activations: activationsOn(past, QUARTERS).flatMap((activation) => activation.activated),
    }),
  )
  const left = periods.map(({ period, baseline }) =>
    assetResponseOf('consume-less', { baseline, reading: flows.get(period)! }),
  )
  return orders.reduce((sum, order) => {
    const energies = order.periods.map(({ power }) => energyOver(powerW(-power)))
    const settled = settleOrder(
      {
        ...{ price: order.price, penalty: product.penalty },
        periods: order.periods.map(({ period }, index) => ({ period, ordered: energies[index]! })),
      },
      left,
    )
    settled.forEach(({ delivered }, index) => (left[index] = left[index]! - delivered))
    return sum + settled.reduce((total, { netSettlement }) => total + netSettlement, 0n)
  }, 0n)
}

function withUse(flows: FlowSeries, moreOn: (day: LocalDay, quarter: number) => bigint): FlowSeries {
  return new Map(
    [...flows].map(([period, flow]) => {
      const { day, quarter } = clockOf(berlin, period)
      return [period, { ...flow, flow: signedWh(flow.flow + moreOn(day, quarter)) }]
    }),
  )
}

/** What is known at the end of the day. */
function knownBy(flows: FlowSeries, day: LocalDay): FlowSeries {
  return new Map([...flows].filter(([period]) => clockOf(berlin, period).day <= day))
}

/** What is used to inflate a baseline is paid for at the retail price. */
function extraUseOf({ raisedWhOn }: Conduct): bigint {
  const energy = DAYS.flatMap((day) => QUARTERS.map((quarter) => raisedWhOn(day, quarter)))
  return (energy.reduce((sum, one) => sum + one, 0n) * RETAIL) / 1_000n
}

/** 8,000 W on the two days before each event, in its quarter-hours. */
const inflating = (day: LocalDay, quarter: number): bigint =>
  QUARTERS.includes(quarter) && EVENTS.some((event) => [1, 2].some((back) => localDayAfter(event, -back) === day))
    ? 2_000n
    : 0n

const SEEDS = [1, 2, 3, 4, 5]

describe.each(SEEDS)('a season of fourteen events, as drawn by seed %i', (seed) => {
  const honestly = seasonOf(seed, honest)

  test('pays who delivers, and blames nobody who is honest', () => {
    expect(honestly).toMatchObject({ ordered: EVENTS.length, excludedFrom: null })
    expect(honestly.earned).toBeGreaterThan(0n)
  })

  test.each([0n, 25n, 50n])('pays less to who promises and delivers %s %% of it', (deliveredPercent) => {
    expect(seasonOf(seed, { ...honest, deliveredPercent }).earned).toBeLessThan(honestly.earned)
  })

  test('has who delivers nothing at all pay', () => {
    expect(seasonOf(seed, { ...honest, deliveredPercent: 0n }).earned).toBeLessThan(0n)
  })

  test('finds who inflates its baseline before events, and leaves it with less than honesty, even if use were free', () => {
    const inflated = seasonOf(seed, { ...honest, deliveredPercent: 0n, raisedWhOn: inflating })
    expect(inflated.excludedFrom).not.toBeNull()
    expect(inflated.earned + extraUseOf({ ...honest, raisedWhOn: inflating })).toBeLessThan(honestly.earned)
    expect(inflated.earned).toBeLessThan(0n)
  })

  test('takes no second offer of a battery beyond what is prequalified', () => {
    expect(seasonOf(seed, { ...honest, offersOfBattery: 2 })).toEqual(honestly)
  })

  test('pays less to who had its battery prequalified twice and sells it twice', () => {
    const twice = seasonOf(seed, { ...honest, offersOfBattery: 2, prequalified: BATTERY * 2n })
    expect(twice.ordered).toBe(2 * EVENTS.length)
    expect(twice.earned).toBeLessThan(honestly.earned)
  })
})

test('a battery that two aggregators offer is found before anything is ordered', () => {
  const period = comparedPeriodsOf(berlin, EVENTS[0]!, QUARTERS)[0]!
  const pledge = { asset: 'battery-7', direction: 'consume-less' as const, period, power: BATTERY }
  const ability = { asset: 'battery-7', direction: 'consume-less' as const, power: BATTERY, energy: energyWh(10_000n) }
  expect(() =>
    requireSinglePledges(
      [ability],
      [
        { ...pledge, pledgedTo: 'offer-1' },
        { ...pledge, pledgedTo: 'offer-2' },
      ],
    ),
  ).toThrow(expect.objectContaining({ code: 'flex-asset-pledged-twice' }) as Error)
})
