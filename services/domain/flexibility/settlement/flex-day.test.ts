import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deliveryPeriod,
  energyWh,
  firstPeriodOf,
  money,
  powerW,
  rate,
  signedW,
  signedWh,
  tradingDay,
  type DeliveryPeriod,
} from '../../units.ts'
import { drawFlexDay, type FlexDayFacts, type FlexOrderFacts } from './flex-day.ts'
import { OPPOSED } from './flex-leaves.ts'

const DAY = tradingDay(20_000)
const period = (offset: number) => deliveryPeriod(firstPeriodOf(DAY) + offset)
const [SUPPLIER, DSO, TSO, AGGREGATOR] = [1, 2, 3, 90]
const TARIFF = {
  ...{ retail: rate(300_000n), feedIn: rate(80_000n), grid: rate(80_000n) },
  ...{ gridLocal: rate(40_000n), levy: rate(0n), platformFee: rate(0n) },
}

const asset = (memberId: number, baseline: number | null, realised: number, more = {}) => ({
  ...{
    memberId,
    baseline: baseline === null ? null : signedWh(BigInt(baseline)),
    realised: signedWh(BigInt(realised)),
  },
  ...{ quality: 'metered' as const, readingVersion: 0, asked: energyWh(500n) },
  ...{ source: baseline === null ? null : `0x${'11'.repeat(32)}`, ...more },
})
const order = (known: Partial<FlexOrderFacts> & Pick<FlexOrderFacts, 'calls'>): FlexOrderFacts => ({
  ...{ orderId: 1, buyer: 'DSO', aggregator: AGGREGATOR, feePermille: 100, split: 'by-delivery', isCancelled: false },
  product: { level: 'cell', direction: 'consume-less', penalty: [{ abovePermille: 100, price: rate(400_000n) }] },
  price: money(1_000_000n),
  periods: known.calls.map((call) => ({ period: call.period, power: signedW(-call.ordered) })),
  ...known,
})
const call = (
  offset: number,
  ordered: number,
  assets: FlexOrderFacts['calls'][number]['assets'],
  served = ordered,
) => ({
  ...{ period: period(offset), ordered: powerW(BigInt(ordered)), served: powerW(BigInt(served)), assets },
})
const facts = (orders: readonly FlexOrderFacts[], more: Partial<FlexDayFacts> = {}): FlexDayFacts => ({
  ...{ day: DAY, supplier: SUPPLIER, dso: DSO, tso: TSO, orders, availability: [] },
  ...{ tariffOf: () => TARIFF, tradedOf: () => signedWh(0n), saltOf: (leaf, member) => saltOf(`${leaf} ${member}`) },
  ...more,
})
const saltOf = (text: string) => `0x${Buffer.from(text.padEnd(32).slice(0, 32)).toString('hex')}`
const amountsOf = ({ payments }: ReturnType<typeof drawFlexDay>) =>
  Object.fromEntries(payments.map(({ memberId, amount }) => [memberId, amount]))

describe('drawFlexDay', () => {
  test('pays for what was delivered, and settles the member as if nothing had been', () => {
    // 4,000 W are 1,000 Wh: member 10 delivers 600, member 11 100, so that 300 Wh are missing, 200 of them fined.
    const day = drawFlexDay(facts([order({ calls: [call(0, 4_000, [asset(10, 800, 200), asset(11, 300, 200)])] })]))
    const [settled] = day.calls.map((one) => one.settled)
    expect(settled).toEqual({
      ...{ served: 1_000n, delivered: 700n, deficiency: 300n, price: 1_000_000n, payment: 700_000n, penalty: 80_000n },
    })
    // Retail is paid to members for 600 and 100 Wh that they bought not; their imbalances were settled by retail too.
    expect(amountsOf(day)).toEqual({
      // Compensation 700 x 0.22 EUR/kWh; corrections are nothing, since retail held for either imbalance.
      [SUPPLIER]: -154_000n,
      [DSO]: 620_000n,
      [AGGREGATOR]: -70_000n + 154_000n,
      // Revenue 630,000 by delivery; the penalty by what is missing of 500 Wh each: 0 and 400.
      10: -540_000n,
      11: -90_000n + 80_000n,
    })
    expect(day.total).toBe(620_000n + 84_000n)
  })

  test('does not sell a kWh twice: the narrower level comes first, and the other one gets what is left', () => {
    const system = order({
      ...{ orderId: 1, buyer: 'TSO' as const, calls: [call(0, 2_000, [asset(10, 900, 200)])] },
      product: { level: 'system', direction: 'consume-less', penalty: [] },
    })
    const cell = order({ orderId: 2, calls: [call(0, 2_000, [asset(10, 900, 200)])] })
    const day = drawFlexDay(facts([system, cell]))
    const deliveredOf = day.calls.map(({ orderId, settled, assets }) => [
      orderId,
      settled.delivered,
      assets[0]!.attributed,
    ])
    expect(deliveredOf).toEqual([
      [1, 200n, 500n],
      [2, 500n, 0n],
    ])
  })

  test('lets an asset deliver in one direction alone', () => {
    const more = order({
      ...{ orderId: 2, buyer: 'TSO' as const, calls: [call(0, 2_000, [asset(10, 900, 200)])] },
      product: { level: 'system', direction: 'consume-more', penalty: [] },
      periods: [{ period: period(0), power: signedW(2_000n) }],
    })
    const day = drawFlexDay(facts([order({ calls: [call(0, 2_000, [asset(10, 900, 200)])] }), more]))
    expect(day.calls[1]!.assets[0]!.attributed).toBe(OPPOSED)
    expect(day.calls[1]!.settled.delivered).toBe(0n)
  })

  test('counts nothing of who has no reading or no baseline, and an estimate only against', () => {
    const assets = [
      asset(10, 900, 0, { quality: 'none' }),
      asset(11, null, 0),
      asset(12, 900, 0, { quality: 'estimated' }),
      asset(13, 0, 50, { quality: 'estimated' }),
      asset(14, 900, 600),
    ]
    const day = drawFlexDay(facts([order({ calls: [call(0, 4_000, assets)] })]))
    expect(day.deliveries[0]!.assets.root).toMatchObject({ a: 300n, b: 50n, count: 5 })
    expect(day.calls[0]!.settled.delivered).toBe(250n)
  })

  test('pays a cancelled order whole to the aggregator, and a displaced call for what is left of it', () => {
    const cancelled = order({ orderId: 1, isCancelled: true, calls: [call(0, 2_000, [])] })
    const displaced = order({ orderId: 2, calls: [call(0, 2_000, [asset(10, 900, 0)], 500)] })
    const day = drawFlexDay(facts([cancelled, displaced]))
    expect(day.deliveries[0]!.assets.root).toEqual({ hash: `0x${'00'.repeat(32)}`, a: 0n, b: 0n, count: 0 })
    expect(day.calls.map(({ settled }) => settled.payment)).toEqual([1_000_000n, 250_000n])
    expect(amountsOf(day)[DSO]).toBe(1_250_000n)
  })

  test('adds availability to the credits of the aggregator that stood ready', () => {
    const available = {
      ...{ reservationId: 1, period: deliveryPeriod(period(0) - 96), available: powerW(1_000n) },
      ...{ aggregator: AGGREGATOR, buyer: 'TSO' as const, payment: money(7n) },
    }
    const day = drawFlexDay(facts([], { availability: [available] }))
    expect(amountsOf(day)).toEqual({ [TSO]: 7n, [AGGREGATOR]: -7n })
  })

  test('shares by Shapley what is paid, all of it', () => {
    const calls = [call(0, 2_000, [asset(10, 900, 100), asset(11, 900, 700), asset(12, 0, 0)])]
    const [drawn] = drawFlexDay(facts([order({ split: 'shapley', calls })])).calls
    const revenues = drawn!.assets.map(({ revenue }) => revenue)
    expect(revenues.reduce((sum, revenue) => sum + revenue, 0n)).toBe(900_000n)
    // 500 Wh were called: without the first 200 Wh are there, without the second all.
    expect(revenues).toEqual([720_000n, 180_000n, 0n])
  })

  test('sums to zero, and has the DSO pay what its orders come to, whatever happened', () => {
    const energy = fc.integer({ min: -3_000, max: 3_000 })
    const figures = fc.record({
      baseline: fc.option(energy),
      realised: energy,
      quality: fc.constantFrom('metered' as const, 'estimated' as const, 'none' as const),
      asked: fc.bigInt(0n, 2_000n).map(energyWh),
    })
    const members = fc
      .array(figures, { minLength: 1, maxLength: 5 })
      .map((all) => all.map(({ baseline, realised, ...more }, index) => asset(10 + index, baseline, realised, more)))
    const someCall = fc.tuple(fc.nat(95), fc.integer({ min: 4, max: 9_000 }), members, fc.nat(9_000))
    const someOrder = fc.record({
      calls: fc.uniqueArray(someCall, { minLength: 1, maxLength: 4, selector: ([offset]) => offset }),
      price: fc.bigInt(0n, 10_000_000n).map(money),
      split: fc.constantFrom('by-delivery' as const, 'shapley' as const),
      feePermille: fc.nat(1_000),
      direction: fc.constantFrom('consume-less' as const, 'consume-more' as const),
    })
    const callsOf = (calls: readonly [number, number, ReturnType<typeof asset>[], number][]) =>
      calls
        .toSorted(([one], [other]) => one - other)
        .map(([offset, ordered, assets, served]) => call(offset, ordered, assets, Math.min(ordered, served)))
    fc.assert(
      fc.property(fc.array(someOrder, { minLength: 1, maxLength: 3 }), energy, (made, traded) => {
        const orders = made.map(({ direction, calls, ...more }, index) => {
          const called = callsOf(calls)
          return order({
            ...{ ...more, orderId: index + 1, calls: called, aggregator: AGGREGATOR + (index % 2) },
            product: { level: 'cell', direction, penalty: [{ abovePermille: 100, price: rate(400_000n) }] },
            periods: called.map((one) => ({
              period: one.period,
              power: signedW(direction === 'consume-less' ? -one.ordered : one.ordered),
            })),
          })
        })
        const day = drawFlexDay(facts(orders, { tradedOf: () => signedWh(BigInt(traded)) }))
        const due = day.calls.reduce((sum, { settled }) => sum + settled.payment - settled.penalty, 0n)
        expect(day.payments.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n)
        expect(amountsOf(day)[DSO] ?? 0n).toBe(due)
        requireNothingSoldTwice(day)
      }),
    )
  })
})

/** No member delivers more in a period, under all orders together, than it moved. */
function requireNothingSoldTwice({ calls }: ReturnType<typeof drawFlexDay>): void {
  const sold = new Map<string, { delivered: bigint; moved: bigint }>()
  for (const { period: when, assets } of calls as readonly {
    period: DeliveryPeriod
    assets: (typeof calls)[number]['assets']
  }[]) {
    for (const one of assets) {
      const moved = one.baseline === null ? 0n : one.baseline - one.realised
      const key = `${one.memberId}:${when}`
      const known = sold.get(key) ?? { delivered: 0n, moved: 0n }
      const most = moved < 0n ? -moved : moved
      sold.set(key, { delivered: known.delivered + one.delivered, moved: most > known.moved ? most : known.moved })
    }
  }
  for (const { delivered, moved } of sold.values()) expect(delivered).toBeLessThanOrEqual(moved)
}
