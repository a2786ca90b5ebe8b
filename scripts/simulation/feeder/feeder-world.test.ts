import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyHome, anyOrders, evenHome, told, worldOf } from './feeder-for-test.ts'
import {
  firstStateOf,
  stepFeeder,
  type FeederStep,
  type FeederWorld,
  type HomeSetPoints,
  type SetPoints,
} from './feeder-world.ts'

const NOTHING: SetPoints = new Map()

/** All periods, with what the first home is told in each. */
function runOf(
  world: FeederWorld,
  orders: readonly { readonly [Kind in keyof HomeSetPoints]: number | undefined }[] = [],
) {
  const steps: FeederStep[] = []
  for (let position = 0; position < world.periods; position += 1) {
    const given = Object.entries(orders[position] ?? {}).filter(([, powerW]) => powerW !== undefined)
    const before = steps.at(-1)?.state ?? firstStateOf(world)
    steps.push(stepFeeder(world, before, told(Object.fromEntries(given))))
  }
  return steps.map(({ state, flows }) => ({ ...state.homes[0]!, ...flows[0]! }))
}

const battery = { capacityWh: 5_000, powerW: 4_000, efficiencyPermille: 1_000 }
const carOf = (neededWh: number, departure: number) => ({
  chargerW: 7_400,
  stays: [{ arrival: 1, departure, neededWh }],
})

describe('a home that nobody tells anything', () => {
  test('stores its surplus, and gives it back before it draws from the grid', () => {
    const sunny = evenHome({ loadWh: 100, pvWh: 600 }, 4, { battery, pvWh: [600, 600, 0, 0] })
    expect(runOf(worldOf([sunny])).map(({ batteryWh, netWh }) => [batteryWh, netWh])).toEqual([
      [500, 0],
      [500, 0],
      [-100, 0],
      [-100, 0],
    ])
  })

  test('feeds in what the battery has no room or no power for', () => {
    const home = evenHome({ loadWh: 0, pvWh: 3_000 }, 6, { battery })
    expect(runOf(worldOf([home])).map(({ netWh }) => netWh)).toEqual([-2_000, -2_000, -2_000, -2_000, -2_000, -3_000])
  })

  test('gives its car nothing of its battery', () => {
    const car = { chargerW: 7_400, stays: [{ arrival: 1, departure: 3, neededWh: 2_000 }] }
    const home = evenHome({ loadWh: 100 }, 3, { battery, car, pvWh: [1_100, 0, 0] })
    expect(runOf(worldOf([home])).map(({ batteryWh, netWh }) => [batteryWh, netWh])).toEqual([
      [1_000, 0],
      [-100, 1_850],
      [-100, 150],
    ])
  })

  test('loses energy both ways in its battery', () => {
    const lossy = { ...battery, efficiencyPermille: 900 }
    const home = evenHome({ loadWh: 0, pvWh: 0 }, 3, { battery: lossy, pvWh: [1_000, 0, 0], loadWh: [0, 500, 500] })
    const steps = runOf(worldOf([home]))
    expect(steps.map(({ storedMilliWh }) => storedMilliWh)).toEqual([900_000, 344_444, 1_110])
    expect(steps.map(({ netWh }) => netWh)).toEqual([0, 0, 191])
  })

  test('charges its car at once until it is full', () => {
    const home = evenHome({ loadWh: 0 }, 8, { car: carOf(4_000, 8) })
    expect(runOf(worldOf([home])).map(({ carWh }) => carWh)).toEqual([0, 1_850, 1_850, 300, 0, 0, 0, 0])
  })
})

describe('a home that is told something', () => {
  test('takes what a battery is told to, rounded down to the Wh, whatever flows in the home', () => {
    const home = evenHome({ loadWh: 500 }, 2, { battery })
    const steps = runOf(worldOf([home]), [{ battery: 403 }, { battery: -203 }])
    expect(steps.map(({ batteryWh, netWh }) => [batteryWh, netWh])).toEqual([
      [100, 600],
      [-51, 449],
    ])
  })

  test('has a car that was told to wait go on after it, and catch up what it put off as late as it must', () => {
    const home = evenHome({ loadWh: 0 }, 8, { car: carOf(4_000, 7) })
    const steps = runOf(worldOf([home]), [{}, { 'ev-charger': 0 }])
    expect(steps.map(({ carWh }) => carWh)).toEqual([0, 0, 1_850, 300, 0, 0, 1_850, 0])
  })

  test('has less to catch up where its car is told to take some of it before', () => {
    const home = evenHome({ loadWh: 0 }, 8, { car: carOf(2_000, 8) })
    const steps = runOf(worldOf([home]), [{}, { 'ev-charger': 0 }, {}, { 'ev-charger': 2_000 }])
    expect(steps.map(({ carWh }) => carWh)).toEqual([0, 0, 150, 500, 0, 0, 0, 1_350])
  })

  test('does not let its car leave short, whatever it is told', () => {
    const home = evenHome({ loadWh: 0 }, 8, { car: carOf(4_000, 7) })
    const steps = runOf(worldOf([home]), new Array<{ 'ev-charger': number }>(8).fill({ 'ev-charger': 0 }))
    expect(steps.map(({ carWh }) => carWh)).toEqual([0, 0, 0, 0, 300, 1_850, 1_850, 0])
  })

  test('charges no car that is away, and none beyond its need', () => {
    const home = evenHome({ loadWh: 0 }, 4, { car: carOf(2_000, 4) })
    const steps = runOf(worldOf([home]), new Array<{ 'ev-charger': number }>(4).fill({ 'ev-charger': 9_000 }))
    expect(steps.map(({ carWh }) => carWh)).toEqual([0, 1_850, 150, 0])
  })
})

describe('any home', () => {
  const any = { home: anyHome, orders: anyOrders }

  test('stores as much as went in less what came out and was lost, never beyond its capacity', () => {
    fc.assert(
      fc.property(fc.record(any), ({ home, orders }) => {
        const { capacityWh, powerW, efficiencyPermille } = home.battery ?? { ...battery, capacityWh: 0, powerW: 0 }
        let stored = 0
        for (const { batteryWh, storedMilliWh } of runOf(worldOf([home]), orders)) {
          const exact = batteryWh >= 0 ? batteryWh * efficiencyPermille : (batteryWh * 1_000_000) / efficiencyPermille
          expect(storedMilliWh).toBeLessThanOrEqual(stored + exact + 1e-6)
          expect(storedMilliWh).toBeGreaterThan(stored + exact - 1)
          expect(storedMilliWh).toBeGreaterThanOrEqual(0)
          expect(storedMilliWh).toBeLessThanOrEqual(1_000 * capacityWh)
          expect(Math.abs(4 * batteryWh)).toBeLessThanOrEqual(powerW)
          stored = storedMilliWh
        }
      }),
    )
  })

  test('gives its car what it needs by its departure, told anything or nothing, and to nobody else', () => {
    fc.assert(
      fc.property(fc.record(any), ({ home, orders }) => {
        const needed = home.car?.stays[0]?.neededWh ?? 0
        for (const steps of [runOf(worldOf([home])), runOf(worldOf([home]), orders)]) {
          expect(steps.reduce((sum, { carWh }) => sum + carWh, 0)).toBe(needed)
          for (const [position, { carWh }] of steps.entries()) {
            const [stay] = home.car?.stays ?? []
            const isThere = stay !== undefined && stay.arrival <= position && position < stay.departure
            if (!isThere) expect(carWh).toBe(0)
            expect(carWh).toBeGreaterThanOrEqual(0)
            expect(carWh).toBeLessThanOrEqual(1_850)
          }
        }
      }),
    )
  })

  test('takes what its parts take, in whole Wh', () => {
    fc.assert(
      fc.property(fc.record(any), ({ home, orders }) => {
        for (const { loadWh, pvWh, batteryWh, carWh, netWh, storedMilliWh } of runOf(worldOf([home]), orders)) {
          expect(netWh).toBe(loadWh + carWh + batteryWh - pvWh)
          expect([netWh, storedMilliWh].every(Number.isSafeInteger)).toBe(true)
        }
      }),
    )
  })

  test('follows a set-point exactly, or is as near to it as power, charge and need allow', () => {
    fc.assert(
      fc.property(fc.record(any), ({ home, orders }) => {
        const world = worldOf([home])
        let state = firstStateOf(world)
        orders.forEach((order) => {
          const given = Object.entries(order).filter(([, powerW]) => powerW !== undefined) as [
            keyof HomeSetPoints,
            number,
          ][]
          for (const [kind, powerW] of given) {
            const flowOf = (watts: number) => {
              const [flow] = stepFeeder(world, state, told({ [kind]: watts })).flows
              return kind === 'battery' ? flow!.batteryWh : flow!.carWh
            }
            const wish = Math.floor(powerW / 4)
            const [least, most] = [flowOf(-1e9), flowOf(1e9)]
            expect(flowOf(powerW)).toBe(Math.min(most, Math.max(least, wish)))
          }
          state = stepFeeder(world, state, told(Object.fromEntries(given))).state
        })
      }),
    )
  })
})

test('A step behind the last period is refused', () => {
  const world = worldOf([evenHome({ loadWh: 1 }, 1)])
  const { state } = stepFeeder(world, firstStateOf(world), NOTHING)
  expect(() => stepFeeder(world, state, NOTHING)).toThrow(RangeError)
})
