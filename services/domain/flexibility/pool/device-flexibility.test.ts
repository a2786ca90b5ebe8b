import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../../units.ts'
import {
  heldWish,
  isFeasible,
  movedOf,
  requireFeasible,
  rescheduled,
  type FlexibleDevice,
  type FlexWish,
} from './device-flexibility.ts'

const repeated = <Value>(value: Value, times = 4): Value[] => Array.from({ length: times }, () => value)

const battery = (overrides: Partial<FlexibleDevice> = {}): FlexibleDevice => ({
  device: `0x${'ba'.repeat(20)}`,
  memberId: 1,
  firstPeriod: deliveryPeriod(100),
  planW: repeated(0),
  leastW: repeated(-4_000),
  mostW: repeated(4_000),
  storedWh: 1_000,
  leastStoredWh: repeated(0),
  mostStoredWh: repeated(5_000),
  efficiencyPermille: 1_000,
  ...overrides,
})
/** Needs 1,000 Wh by the end of the fourth period and plans to take them at once. */
const car = (overrides: Partial<FlexibleDevice> = {}): FlexibleDevice =>
  battery({
    planW: [4_000, 0, 0, 0],
    leastW: repeated(0),
    storedWh: 0,
    leastStoredWh: [0, 0, 0, 1_000],
    mostStoredWh: repeated(1_000),
    ...overrides,
  })
const less = (movedW: readonly (number | null)[], roomW: readonly number[]): FlexWish => ({
  direction: 'consume-less',
  movedW,
  roomW,
})

describe('rescheduled', () => {
  test('has a battery give what is wished as long as it lasts', () => {
    const wish = less([null, 3_000, 3_000, null], repeated(0))
    expect(rescheduled(battery(), wish)).toEqual([0, -3_000, -1_000, 0])
    expect(rescheduled(battery({ efficiencyPermille: 500 }), wish)).toEqual([0, -2_000, 0, 0])
  })

  test('has a battery give no more than its plan lets it make up for where there is room', () => {
    const planned = battery({ planW: [0, 0, 0, -4_000] })
    expect(rescheduled(planned, less([null, 3_000, null, null], repeated(0)))).toEqual(planned.planW)
    expect(rescheduled(planned, less([null, 3_000, null, null], [0, 0, 0, 1_000]))).toEqual([0, -1_000, 0, -3_000])
  })

  test('has a car wait, and charge as soon as there is room', () => {
    expect(rescheduled(car(), less([4_000, null, null, null], [0, 1_000, 4_000, 4_000]))).toEqual([0, 1_000, 3_000, 0])
    expect(rescheduled(car(), less([4_000, null, null, null], [0, 1_000, 0, 500]))).toEqual([2_500, 1_000, 0, 500])
  })

  test('takes more where that is wished, and less later', () => {
    const wish: FlexWish = { direction: 'consume-more', movedW: [2_000, null, null, null], roomW: repeated(4_000) }
    expect(rescheduled(car({ planW: [0, 0, 0, 4_000] }), wish)).toEqual([2_000, 0, 0, 2_000])
    expect(rescheduled(battery({ storedWh: 4_900 }), wish)).toEqual([400, 0, 0, 0])
  })
})

test('heldWish cuts what is wished off at the level that can be kept up', () => {
  const wish = less([null, 4_000, 4_000, null], repeated(0))
  expect(heldWish(battery(), wish).movedW).toEqual([null, 2_000, 2_000, null])
  // The car is away in the third period: it does what it can in the second.
  const leaving = car({ planW: [0, 4_000, 0, 0] })
  expect(heldWish(leaving, less([null, 4_000, 4_000, null], repeated(4_000))).movedW).toEqual([null, 4_000, 0, null])
})

test('requireFeasible refuses a plan beyond the bounds, and lists of several lengths', () => {
  requireFeasible(car())
  const invalid = expect.objectContaining({ code: 'device-flexibility-invalid' }) as Error
  for (const change of [
    { planW: repeated(0) },
    { planW: [4_004, 0, 0, 0] },
    { mostW: [3_996, 0, 0, 0] },
    { planW: [4_000, 0, 0] },
    { storedWh: 4 },
  ]) {
    expect(() => requireFeasible(car(change))).toThrow(invalid)
  }
})

/** Devices that follow a drawn course within their bounds: batteries, and cars that need what they plan. */
const devices = fc
  .record({
    steps: fc.array(fc.integer({ min: -750, max: 750 }), { minLength: 1, maxLength: 8 }),
    isCar: fc.boolean(),
    efficiencyPermille: fc.integer({ min: 700, max: 1_000 }),
    storedWh: fc.integer({ min: 0, max: 3_000 }),
  })
  .map(({ steps, isCar, efficiencyPermille, storedWh }): FlexibleDevice => {
    if (isCar) {
      const takenWh = steps.map(Math.abs)
      const neededWh = takenWh.reduce((sum, energy) => sum + energy, 0)
      return car({
        planW: takenWh.map((energy) => 4 * energy),
        mostW: repeated(4_000, steps.length),
        leastW: repeated(0, steps.length),
        leastStoredWh: [...repeated(0, steps.length - 1), neededWh],
        mostStoredWh: repeated(neededWh, steps.length),
      })
    }
    const idle = battery({
      storedWh,
      efficiencyPermille,
      planW: repeated(0, steps.length),
      leastW: repeated(-3_000, steps.length),
      mostW: repeated(3_000, steps.length),
      leastStoredWh: repeated(0, steps.length),
      mostStoredWh: repeated(3_000, steps.length),
    })
    return steps.reduce((device, step, position) => {
      const planW = device.planW.with(position, 4 * step)
      return isFeasible(device, planW) ? { ...device, planW } : device
    }, idle)
  })
const cases = devices.chain((device) =>
  fc.record({
    device: fc.constant(device),
    wish: fc.record({
      direction: fc.constantFrom('consume-less' as const, 'consume-more' as const),
      movedW: fc.array(fc.option(fc.integer({ min: 0, max: 5_000 })), {
        minLength: device.planW.length,
        maxLength: device.planW.length,
      }),
      roomW: fc.array(fc.integer({ min: 0, max: 5_000 }), {
        minLength: device.planW.length,
        maxLength: device.planW.length,
      }),
    }),
  }),
)

describe('any device and any wish', () => {
  test('stays within all bounds, moves by no more than the wish, and against it within the room alone', () => {
    fc.assert(
      fc.property(cases, ({ device, wish }) => {
        const powersW = rescheduled(device, wish)
        expect(isFeasible(device, powersW)).toBe(true)
        const first = wish.movedW.findIndex((movedW) => movedW !== null)
        movedOf(device, wish.direction, powersW).forEach((movedW, position) => {
          const wished = wish.movedW[position]!
          if (first === -1 || position < first) expect(movedW).toBe(0)
          expect(movedW).toBeLessThanOrEqual(wished ?? 0)
          expect(movedW).toBeGreaterThanOrEqual(wished === null ? -wish.roomW[position]! : 0)
        })
      }),
    )
  })

  test('holds what is said to be held', () => {
    fc.assert(
      fc.property(cases, ({ device, wish }) => {
        const held = heldWish(device, wish)
        const movedW = movedOf(device, wish.direction, rescheduled(device, held))
        held.movedW.forEach((wishedW, position) => {
          if (wishedW !== null) expect(movedW[position]).toBe(wishedW)
        })
      }),
    )
  })
})
