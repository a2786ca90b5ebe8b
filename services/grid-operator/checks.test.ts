import { describe, expect, test } from 'vitest'
import { powerW, signedWh, startOf, startOfDay, type DeliveryPeriod, type SignedWh } from '../domain/units.ts'
import { createChecks } from './checks.ts'
import { DAY, operationForTest, period, PRODUCT } from './operation-for-test.ts'

/** Of each home, so that 10 kW are exceeded by 2 kW in four periods of the evening of the day. */
const named = (peakWh = 1_500, days = [0, 1]): ReadonlyMap<DeliveryPeriod, SignedWh> =>
  new Map(
    days.flatMap((day) =>
      Array.from({ length: 96 }, (_, quarter) => {
        const isPeak = quarter >= 72 && quarter < 76
        return [period(day * 96 + quarter), signedWh(BigInt(isPeak ? peakWh : 500))] as const
      }),
    ),
  )
const homes = (own = named()) => new Map([10, 11].map((member) => [member, own]))
const NOON = startOfDay(DAY) + 12 * 3_600

describe('createChecks', () => {
  test('forecasts the next day at noon, and proposes what is needed with the room that is left', async () => {
    const { operation, state } = operationForTest()
    state.named = homes(named(1_500, [1]))
    state.now = NOON
    expect(await createChecks(operation)()).toBe(true)
    const [proposal] = state.proposals
    expect(proposal).toMatchObject({ day: DAY + 1, direction: 'consume-less', state: 'approved', productId: 1 })
    expect(proposal!.periods).toHaveLength(96)
    expect(proposal!.periods[72]).toMatchObject({ disposition: 'requested', minPower: -2_000n, maxPower: 0n })
    expect(proposal!.periods[0]).toMatchObject({ disposition: 'available', minPower: -14_000n, maxPower: 6_000n })
    expect(state.said).toEqual([{ deliveryPeriod: period(48), day: DAY + 1, requests: [] }])
  })

  test('looks once in a period, and before noon at what is left of the day alone', async () => {
    const { operation, state } = operationForTest()
    state.named = homes()
    state.now = NOON - 1
    const check = createChecks(operation)
    expect([await check(), await check()]).toEqual([true, false])
    expect(state.proposals.map(({ day }) => day)).toEqual([DAY])
    const [first] = state.proposals[0]!.periods
    // Half an hour for offers and a quarter to open them, and the lead of a quarter.
    expect(startOf(first!.period)).toBeGreaterThan(state.now + 1_800 + 900 + 900)
  })

  test('asks for nothing twice, and for more only where the need grew beyond what nobody offered', async () => {
    const { operation, state } = operationForTest({ COMMONWATT_FLEX_INTRADAY_PERIODS: '1' })
    state.named = homes()
    state.now = NOON - 8 * 3_600
    const check = createChecks(operation)
    await check()
    state.now += 900
    await check()
    expect(state.proposals).toHaveLength(1)

    const { periods } = state.proposals[0]!
    state.proposals[0]!.state = 'requested'
    const request = { requestId: 1, pointId: 1, productId: 1, state: 'open', revealUntil: 0, request: { periods } }
    state.requests = [request as never]
    state.selections.set(1, {
      isDone: true,
      unmet: [72, 73, 74, 75].map((at) => ({ period: period(at), power: 2_000n })),
    } as never)
    state.now += 900
    await check()
    expect(state.proposals).toHaveLength(1)
    state.named = homes(named(1_600))
    state.now += 900
    await check()
    expect(state.proposals).toHaveLength(2)
  })

  test('needs nothing more of what is ordered already', async () => {
    const { operation, state } = operationForTest()
    state.named = homes()
    state.calls = [72, 73, 74, 75].map((at) => ({ period: period(at), power: -2_000n as never, effectPpm: 1_000_000 }))
    state.now = NOON - 3_600
    await createChecks(operation)()
    expect(state.proposals).toEqual([])
    expect(state.forecasts).not.toEqual([])
  })

  test('waits for history where homes say nothing, and for a person where one approves', async () => {
    const { operation, state } = operationForTest({ COMMONWATT_FLEX_APPROVAL: 'person' })
    state.now = NOON
    await createChecks(operation)()
    expect(state.forecasts).toEqual([])
    state.named = homes()
    state.now += 900
    await createChecks(operation)()
    expect(state.proposals.map((one) => one.state)).toEqual(['proposed', 'proposed'])
  })

  test('keeps a community to its demand limit, by the product that its homes are fit for', async () => {
    const { operation, state } = operationForTest()
    const ofCommunity = { ...PRODUCT, id: '2', level: 'microgrid' as const }
    Object.assign(state, { products: [PRODUCT, ofCommunity], fitFor: ['2'] })
    // 12 kW are expected in its four periods; without the limit 10 kW would hold in all of them.
    const [firstPeriod, lastPeriod] = [period(73), period(74)]
    state.limits = [{ firstPeriod, lastPeriod, consumption: powerW(7_000n), feedIn: powerW(7_000n) }]
    state.named = homes()
    state.now = NOON - 3_600
    await createChecks(operation)()
    const [proposal] = state.proposals
    expect(proposal).toMatchObject({ productId: 2, direction: 'consume-less' })
    const asked = proposal!.periods.filter(({ disposition }) => disposition === 'requested')
    expect(asked.map((one) => [one.period, one.minPower])).toEqual([
      [period(72), -2_000n],
      [firstPeriod, -5_000n],
      [lastPeriod, -5_000n],
      [period(75), -2_000n],
    ])
  })

  test('asks by any product of its own where nobody is fit for one, so that a person sees the need', async () => {
    const { operation, state } = operationForTest()
    Object.assign(state, { fitFor: [] })
    state.named = homes()
    state.now = NOON - 3_600
    await createChecks(operation)()
    expect(state.proposals.map(({ productId }) => productId)).toEqual([1])
  })

  test('needs nothing for a home that is behind the point no more', async () => {
    const { operation, state } = operationForTest()
    state.effectOf.delete(11)
    state.named = homes()
    state.now = NOON - 3_600
    await createChecks(operation)()
    expect(state.proposals).toEqual([])
    expect(state.forecasts.find((one) => one.period === period(72))?.expected).toBe(6_000n)
  })
})
