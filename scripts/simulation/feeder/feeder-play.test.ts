import { describe, expect, test } from 'vitest'
import { deliveryPeriod, startOf } from '../../../services/domain/units.ts'
import { evenHome, FIRST_PERIOD, worldOf } from './feeder-for-test.ts'
import { drawIgnoring, playFeeder } from './feeder-play.ts'
import { heldPowerAt } from './held-power.ts'

const periodAt = (position: number) => deliveryPeriod(FIRST_PERIOD + position)
const START = startOf(FIRST_PERIOD)

describe('heldPowerAt', () => {
  test('is a set-point until something else is told, and nothing where the device does as it likes', () => {
    expect(heldPowerAt({ kind: 'set-point', powerW: -300 }, START)).toBe(-300)
    expect(heldPowerAt({ kind: 'switch', isOn: false }, START)).toBe(0)
    expect(heldPowerAt({ kind: 'switch', isOn: true }, START)).toBeNull()
    expect(heldPowerAt(null, START)).toBeNull()
  })

  test('is the step of a schedule that has begun, and ends a period after the last one began', () => {
    const steps = [
      { from: START + 900, powerW: 1 },
      { from: START + 1_800, powerW: 2 },
      { from: START + 3_600, powerW: 3 },
    ]
    const held = [0, 900, 1_800, 2_700, 3_600, 4_499, 4_500].map((after) =>
      heldPowerAt({ kind: 'schedule', steps }, START + after),
    )
    expect(held).toEqual([null, 1, 2, 2, 3, 3, null])
  })
})

describe('drawIgnoring', () => {
  const devices = Array.from({ length: 1_000 }, (_, place) => ({ place, kind: 'battery' as const }))
  const countOf = (permille: number, seed = 1) => devices.filter(drawIgnoring(seed, permille)).length

  test('draws about so many of the devices, the same for one seed', () => {
    expect([countOf(0), countOf(1_000)]).toEqual([0, 1_000])
    expect(countOf(100)).toBeGreaterThan(60)
    expect(countOf(100)).toBeLessThan(140)
    expect(devices.filter(drawIgnoring(1, 100))).toEqual(devices.filter(drawIgnoring(1, 100)))
    expect(devices.filter(drawIgnoring(2, 100))).not.toEqual(devices.filter(drawIgnoring(1, 100)))
  })
})

describe('a feeder that is played', () => {
  const car = { chargerW: 7_400, stays: [{ arrival: 0, departure: 4, neededWh: 1_850 }] }
  const world = worldOf([evenHome({ loadWh: 10 }, 4, { car }), evenHome({ loadWh: 20 }, 4, { car })])
  const told = { place: 0, kind: 'ev-charger' } as const

  test('does what was told before the period began, and nothing of what is told after', () => {
    const play = playFeeder(world)
    expect(play.tell(told, { kind: 'set-point', powerW: 400 })).toEqual({ status: 'done' })
    play.begin(periodAt(0))
    play.tell(told, { kind: 'set-point', powerW: 800 })
    expect(play.flowsOf(periodAt(0)).map(({ netWh }) => netWh)).toEqual([110, 1_870])
    play.begin(periodAt(1))
    expect(play.flowsOf(periodAt(1)).map(({ netWh }) => netWh)).toEqual([210, 20])
    expect(play.state().position).toBe(2)
    expect(play.flows()).toHaveLength(2)
  })

  test('has a device that ignores commands say that it does them, and do as it likes', () => {
    const play = playFeeder(world, ({ place }) => place === 0)
    expect(play.tell(told, { kind: 'switch', isOn: false })).toEqual({ status: 'done' })
    play.begin(periodAt(0))
    expect(play.flowsOf(periodAt(0))[0]!.carWh).toBe(1_850)
  })

  test('refuses limits of the charge, periods out of turn, and what has not begun', () => {
    const play = playFeeder(world)
    const limits = { mostChargeW: 1, mostDischargeW: 1, leastStateOfCharge: 0, mostStateOfCharge: 1 }
    expect(play.tell(told, { kind: 'charge-limit', ...limits })).toMatchObject({ status: 'refused' })
    expect(() => play.begin(periodAt(1))).toThrow(RangeError)
    expect(() => play.flowsOf(periodAt(0))).toThrow(RangeError)
  })
})
