import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DSO, session as quietSession, SUPPLIER, tariff } from '../../settlement/session-for-test.ts'
import {
  linesOf,
  statementsOf,
  type FilledOrder,
  type PeriodFacts,
  type Statement,
} from '../../settlement/statement.ts'
import { deliveryPeriod, energyWh, money, price, rate, signedWh, type EnergyWh } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'
import { flexLinesOf, flexStatementsOf, type DeliveredEnergy, type FlexPeriodFacts } from './flex-statement.ts'
import { settleOrder } from './order-settlement.ts'
import { imbalanceCorrectionOf, supplierCompensationOf } from './transfer-of-energy.ts'

const PERIOD = deliveryPeriod(100)
const AGGREGATOR = 5
const session = (overrides: Partial<PeriodFacts>) => quietSession({ price: price(200_000n), ...overrides })
const metered = (memberId: number, net: bigint) => ({
  memberId,
  quality: 'metered' as const,
  import: energyWh(net > 0n ? net : 0n),
  export: energyWh(net < 0n ? -net : 0n),
})
const delivery = (memberId: number, delivered: bigint, direction: FlexDirection = 'consume-less'): DeliveredEnergy => ({
  ...{ memberId, direction, aggregator: AGGREGATOR },
  delivered: energyWh(delivered),
})
const flexFacts = (facts: PeriodFacts, overrides: Partial<FlexPeriodFacts>): FlexPeriodFacts => ({
  ...{ period: PERIOD, dso: DSO, supplier: SUPPLIER, tariff: facts.tariff },
  ...{ orders: [], availability: [], deliveries: [], statements: statementsOf(facts) },
  ...overrides,
})
const orderOf = (ordered: bigint, response: bigint, priceOfAll: bigint) => ({
  aggregator: AGGREGATOR,
  settlement: settleOrder(
    {
      price: money(priceOfAll),
      penalty: [{ abovePermille: 0, price: rate(400_000n) }],
      periods: [{ period: PERIOD, ordered: energyWh(ordered) }],
    },
    [response],
  )[0]!,
})

describe('flexStatementsOf', () => {
  test('pays the aggregator for delivery, and has it compensate the supplier', () => {
    const facts = session({ readings: [metered(10, 600n)] })
    const flex = flexFacts(facts, { orders: [orderOf(400n, 400n, 200_000n)], deliveries: [delivery(10, 400n)] })
    expect(flexStatementsOf(flex)).toEqual([
      {
        memberId: SUPPLIER,
        period: PERIOD,
        delivery: 0n,
        availability: 0n,
        imbalanceCorrection: 0n,
        compensation: -80_000n,
      },
      {
        memberId: DSO,
        period: PERIOD,
        delivery: 200_000n,
        availability: 0n,
        imbalanceCorrection: 0n,
        compensation: 0n,
      },
      {
        ...{ memberId: AGGREGATOR, period: PERIOD, delivery: -200_000n, availability: 0n },
        ...{ imbalanceCorrection: 0n, compensation: 80_000n },
      },
    ])
  })

  test('pays who had bought energy that it then did not take its retail price, and not the feed-in price', () => {
    const fills: FilledOrder[] = [
      { memberId: 10, side: 'bid', filled: energyWh(1_000n) },
      { memberId: 11, side: 'offer', filled: energyWh(1_000n) },
    ]
    const facts = session({ fills, readings: [metered(10, 600n), metered(11, -1_000n)] })
    const [supplier, member] = flexStatementsOf(flexFacts(facts, { deliveries: [delivery(10, 400n)] })).filter(
      ({ memberId }) => memberId === SUPPLIER || memberId === 10,
    )
    expect(statementsOf(facts).find(({ memberId }) => memberId === 10)).toMatchObject({ imbalance: -40_000n })
    expect(member).toMatchObject({ imbalanceCorrection: -80_000n })
    expect(supplier).toMatchObject({ imbalanceCorrection: 80_000n, compensation: -80_000n })
  })

  test('has who sold energy and then did not feed it in buy it back at the feed-in price, and not at retail', () => {
    const fills: FilledOrder[] = [
      { memberId: 10, side: 'offer', filled: energyWh(1_000n) },
      { memberId: 11, side: 'bid', filled: energyWh(1_000n) },
    ]
    const facts = session({ fills, readings: [metered(10, -600n), metered(11, 1_000n)] })
    const flex = flexFacts(facts, { deliveries: [delivery(10, 400n, 'consume-more')] })
    expect(statementsOf(facts).find(({ memberId }) => memberId === 10)).toMatchObject({ imbalance: 120_000n })
    expect(flexStatementsOf(flex).find(({ memberId }) => memberId === 10)).toMatchObject({
      imbalanceCorrection: -80_000n,
    })
  })

  test('charges the aggregator its penalty, and pays availability', () => {
    const flex = flexFacts(session({}), {
      orders: [orderOf(400n, 0n, 200_000n)],
      availability: [{ aggregator: AGGREGATOR, payment: money(7_000n) }],
    })
    expect(flexStatementsOf(flex).find(({ memberId }) => memberId === AGGREGATOR)).toMatchObject({
      delivery: 160_000n,
      availability: -7_000n,
    })
  })

  test('states nobody where there was no flexibility', () => {
    expect(flexStatementsOf(flexFacts(session({ readings: [metered(10, 600n)] }), {}))).toEqual([])
  })

  test('refuses delivery in both directions at once, and delivery that no meter saw', () => {
    const facts = session({ readings: [metered(10, 600n)] })
    const both = [delivery(10, 400n), delivery(10, 100n, 'consume-more')]
    expect(() => flexStatementsOf(flexFacts(facts, { deliveries: both }))).toThrow(
      expect.objectContaining({ code: 'flex-delivery-both-ways' }),
    )
    expect(() => flexStatementsOf(flexFacts(facts, { deliveries: [delivery(12, 400n)] }))).toThrow(
      expect.objectContaining({ code: 'flex-delivery-unmetered' }),
    )
    const estimated = session({ readings: [{ ...metered(10, 600n), quality: 'estimated' }] })
    expect(() => flexStatementsOf(flexFacts(estimated, { deliveries: [delivery(10, 400n)] }))).toThrow(
      expect.objectContaining({ code: 'flex-delivery-unmetered' }),
    )
  })
})

const rates = fc
  .tuple(fc.bigInt(-500_000n, 900_000n), fc.bigInt(0n, 700_000n))
  .map(([feedIn, spread]) => ({ ...tariff, feedIn: rate(feedIn), retail: rate(feedIn + spread) }))
const flows = fc.bigInt(-20_000n, 20_000n)
const directions = fc.constantFrom<FlexDirection>('consume-less', 'consume-more')
const homes = fc.uniqueArray(
  fc.record({
    memberId: fc.integer({ min: 10, max: 40 }),
    net: flows,
    delivered: fc.bigInt(0n, 9_000n),
    direction: directions,
  }),
  { minLength: 2, maxLength: 12, selector: ({ memberId }) => memberId },
)
/** Homes that trade among themselves, and deliver for one of two aggregators, who may be homes or counterparties themselves. */
const periods = fc
  .record({
    tariff: rates,
    homes,
    volume: fc.bigInt(0n, 20_000n),
    aggregators: fc.tuple(fc.constantFrom(5, 10), fc.constantFrom(2, 6)),
  })
  .map(({ tariff: own, homes: list, volume, aggregators }) => {
    const [buyer, seller] = [list[0]!, list[1]!]
    const fills: FilledOrder[] = [
      { memberId: buyer.memberId, side: 'bid', filled: energyWh(volume) },
      { memberId: seller.memberId, side: 'offer', filled: energyWh(volume) },
    ]
    const facts = session({ tariff: own, fills, readings: list.map(({ memberId, net }) => metered(memberId, net)) })
    const deliveries = list.map(({ memberId, delivered, direction }, index) => ({
      ...{ memberId, direction, aggregator: aggregators[index % 2]! },
      delivered: energyWh(delivered),
    }))
    return {
      facts,
      flex: flexFacts(facts, {
        deliveries,
        orders: [orderOf(500n, 123n, 99_999n), { ...orderOf(70n, -50n, 12_345n), aggregator: aggregators[1] }],
        availability: [{ aggregator: aggregators[0], payment: money(4_321n) }],
      }),
    }
  })
const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n)

describe('flexStatementsOf, whatever was traded and delivered', () => {
  test('makes lines of every kind that sum to zero, as the lines of the energy market do', () => {
    fc.assert(
      fc.property(periods, ({ facts, flex }) => {
        const statements = flexStatementsOf(flex)
        for (const kind of [0, 1, 2, 3]) expect(total(statements.map((one) => flexLinesOf(one)[kind]!))).toBe(0n)
        const all = [...statementsOf(facts).flatMap(linesOf), ...statements.flatMap(flexLinesOf)]
        expect(total(all)).toBe(0n)
      }),
    )
  })

  test('does not depend on the order in which deliveries come, and ascends by member', () => {
    fc.assert(
      fc.property(periods, ({ flex }) => {
        const statements = flexStatementsOf(flex)
        expect(flexStatementsOf({ ...flex, deliveries: flex.deliveries.toReversed() })).toEqual(statements)
        const ids = statements.map(({ memberId }) => memberId)
        expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other))
      }),
    )
  })

  test('never makes a member pay for having delivered', () => {
    fc.assert(
      fc.property(rates, flows, flows, fc.bigInt(0n, 9_000n), directions, (own, net, traded, delivered, direction) => {
        const member = { direction, delivered: energyWh(delivered), metered: signedWh(net), traded: signedWh(traded) }
        expect(imbalanceCorrectionOf(member, own) <= 0n).toBe(true)
      }),
    )
  })

  test('leaves a member that had foreseen its consumption with no imbalance, whatever it had traded', () => {
    fc.assert(
      fc.property(rates, flows, fc.bigInt(0n, 9_000n), directions, (own, baseline, energy, direction) => {
        const net = direction === 'consume-less' ? baseline - energy : baseline + energy
        const worth = direction === 'consume-less' ? -(energy * own.retail) : energy * own.feedIn
        const facts = session({ tariff: own, readings: [metered(10, net)], fills: tradedBy(10, baseline) })
        const own10 = imbalanceWithCorrection(statementsOf(facts), facts, energyWh(energy), direction)
        const difference = own10 * 1_000n - worth
        // Two lines are rounded, each by less than a micro-euro in the member's favour.
        expect(difference <= 0n && difference > -2_000n).toBe(true)
      }),
    )
  })

  test('leaves the supplier as if it had been the imbalance of somebody else at its own rates', () => {
    fc.assert(
      fc.property(rates, flows, flows, fc.bigInt(0n, 9_000n), directions, (own, net, traded, energy, direction) => {
        const delivered = energyWh(energy)
        const member = { direction, delivered, metered: signedWh(net), traded: signedWh(traded) }
        const without = direction === 'consume-less' ? net + energy : net - energy
        const costOf = (imbalance: bigint) => imbalance * (imbalance > 0n ? own.retail : own.feedIn)
        const received =
          costOf(net - traded) + 1_000n * (imbalanceCorrectionOf(member, own) + supplierCompensationOf(delivered, own))
        const left = direction === 'consume-less' ? -(energy * own.feedIn) : energy * own.retail
        const difference = received - costOf(without - traded) - left
        expect(difference <= 0n && difference > -2_000n).toBe(true)
      }),
    )
  })
})

function tradedBy(memberId: number, net: bigint): FilledOrder[] {
  const filled = energyWh(net < 0n ? -net : net)
  const sides = net < 0n ? (['offer', 'bid'] as const) : (['bid', 'offer'] as const)
  return [
    { memberId, side: sides[0], filled },
    { memberId: 99, side: sides[1], filled },
  ]
}

function imbalanceWithCorrection(
  statements: readonly Statement[],
  facts: PeriodFacts,
  delivered: EnergyWh,
  direction: FlexDirection,
): bigint {
  const flex = flexFacts(facts, { statements, deliveries: [{ ...delivery(10, 0n, direction), delivered }] })
  const correction = flexStatementsOf(flex).find(({ memberId }) => memberId === 10)?.imbalanceCorrection ?? 0n
  return statements.find(({ memberId }) => memberId === 10)!.imbalance + correction
}
