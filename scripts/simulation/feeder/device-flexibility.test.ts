import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flexibilityOf } from './device-flexibility.ts'
import { anyHome, evenHome, told, worldOf } from './feeder-for-test.ts'
import { firstStateOf, stepFeeder, type SetPoints } from './feeder-world.ts'
import { planFrom } from './feeder-plan.ts'

const NOTHING: SetPoints = new Map()
const car = { chargerW: 7_400, stays: [{ arrival: 0, departure: 6, neededWh: 3_700 }] }
const battery = { capacityWh: 5_000, powerW: 4_000, efficiencyPermille: 1_000 }

describe('flexibilityOf', () => {
  test('has a car wait for as long as it can, and says when it catches up', () => {
    const world = worldOf([evenHome({ loadWh: 0 }, 8, { car })])
    expect(flexibilityOf(world, firstStateOf(world), { position: 0, periods: 2 })).toEqual([
      {
        home: 0,
        kind: 'ev-charger',
        plannedW: [7_400, 7_400],
        mostLessW: [7_400, 7_400],
        heldLessW: [7_400, 7_400],
        rebound: [
          { position: 4, moreW: 7_400 },
          { position: 5, moreW: 7_400 },
        ],
      },
    ])
  })

  test('spreads what is in a battery over the window', () => {
    // 2,000 Wh are stored in the first two periods; of these the home itself takes 100 Wh in each one after.
    const home = evenHome({ loadWh: 100 }, 8, { battery, pvWh: [1_100, 1_100, 0, 0, 0, 0, 0, 0] })
    const world = worldOf([home])
    const [found] = flexibilityOf(world, firstStateOf(world), { position: 2, periods: 4 })
    expect(found).toMatchObject({
      kind: 'battery',
      plannedW: [-400, -400, -400, -400],
      mostLessW: [3_600, 3_600, 3_600, 3_600],
      heldLessW: [1_600, 1_600, 1_600, 1_600],
      rebound: [
        { position: 6, moreW: 400 },
        { position: 7, moreW: 400 },
      ],
    })
  })

  test('leaves out what can do nothing, and refuses a window that is not ahead', () => {
    const world = worldOf([evenHome({ loadWh: 100 }, 4, { battery, car: { ...car, stays: [] } })])
    const begun = stepFeeder(world, firstStateOf(world), NOTHING).state
    expect(flexibilityOf(world, begun, { position: 1, periods: 3 })).toEqual([])
    for (const window of [
      { position: 0, periods: 1 },
      { position: 1, periods: 0 },
      { position: 3, periods: 2 },
    ]) {
      expect(() => flexibilityOf(world, begun, window)).toThrow(RangeError)
    }
  })

  test('is what the device does when it is told so, alone or in all periods', () => {
    const window = { position: 4, periods: 5 }
    fc.assert(
      fc.property(anyHome, (home) => {
        const world = worldOf([home])
        const plan = planFrom(world, firstStateOf(world)).flows
        for (const { kind, plannedW, mostLessW, heldLessW } of flexibilityOf(world, firstStateOf(world), window)) {
          const powerAt = (flows: (typeof plan)[number]) =>
            4 * (kind === 'battery' ? flows[0]!.batteryWh : flows[0]!.carWh)
          let alone = firstStateOf(world)
          while (alone.position < window.position) alone = stepFeeder(world, alone, NOTHING).state
          let called = alone
          for (let offset = 0; offset < window.periods; offset += 1) {
            const planned = plannedW[offset]!
            expect(planned).toBe(powerAt(plan[window.position + offset]!))
            const most = stepFeeder(world, alone, told({ [kind]: planned - mostLessW[offset]! }))
            expect(powerAt(most.flows)).toBe(planned - mostLessW[offset]!)
            const beyond = stepFeeder(world, alone, told({ [kind]: planned - mostLessW[offset]! - 4 }))
            expect(powerAt(beyond.flows)).toBe(planned - mostLessW[offset]!)
            alone = stepFeeder(world, alone, NOTHING).state
            const held = stepFeeder(world, called, told({ [kind]: planned - heldLessW[offset]! }))
            expect(powerAt(held.flows)).toBe(planned - heldLessW[offset]!)
            called = held.state
          }
        }
      }),
    )
  })
})
