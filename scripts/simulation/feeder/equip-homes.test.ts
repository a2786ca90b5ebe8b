import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../../../services/domain/units.ts'
import type { Recording } from '../recorded-households.ts'
import { flexibilityOf } from './device-flexibility.ts'
import { isWeekend, varyDay } from './day-variation.ts'
import { equipHomes } from './equip-homes.ts'
import { FIRST_PERIOD } from './feeder-for-test.ts'
import { firstStateOf, stepFeeder, type FeederStep, type HomeSetPoints } from './feeder-world.ts'
import { limitOf, loadingOf, peakOf, periodsAbove, unmanagedPlanOf } from './feeder-plan.ts'

const DAYS = 7
const HOMES = 60
const monday = FIRST_PERIOD / 96
const dayWh = Array.from({ length: 96 }, (_, quarter) => 100 + (quarter === 30 ? 400 : 0))
const recording: Recording = {
  firstPeriod: FIRST_PERIOD,
  periods: 96 * DAYS,
  zone: 'Z',
  gaps: [],
  households: Array.from({ length: HOMES }, (_, home) => ({
    name: `home ${home}`,
    loadWh: Array.from({ length: DAYS }, () => dayWh).flat(),
    pvWh: new Array<number>(96 * DAYS).fill(0),
    pvCapacityW: 0,
    connectionCapacityW: 17_250,
  })),
}
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

describe('varyDay', () => {
  const days = Array.from({ length: HOMES }, (_, home) =>
    Array.from({ length: DAYS }, (_, index) => varyDay(dayWh, { seed: 1, home, day: monday + index })),
  )

  test('keeps the level of a home within 21 % on working days, and higher at weekends, the recorded one in the mean', () => {
    const recorded = sum(dayWh)
    const totals = days.map((ofHome) => ofHome.map(sum))
    for (const total of totals.flatMap((ofHome) => ofHome.slice(0, 5))) {
      expect(total).toBeGreaterThanOrEqual(Math.floor(recorded * 0.79))
      expect(total).toBeLessThanOrEqual(recorded * 1.21)
    }
    const meanOf = (from: number, to: number) =>
      sum(totals.flatMap((ofHome) => ofHome.slice(from, to))) / (HOMES * (to - from)) / recorded
    expect(meanOf(0, 5)).toBeGreaterThan(0.93)
    expect(meanOf(0, 5)).toBeLessThan(1.07)
    expect(new Set(totals.flat()).size).toBeGreaterThan(HOMES)
  })

  test('moves the day by half an hour at most, and at weekends up to an hour later', () => {
    const peaks = days.map((ofHome) => ofHome.map((day) => day.indexOf(Math.max(...day)) - 30))
    const working = peaks.flatMap((ofHome) => ofHome.slice(0, 5))
    const weekend = peaks.flatMap((ofHome) => ofHome.slice(5))
    expect([...new Set(working)].sort((one, other) => one - other)).toEqual([-2, -1, 0, 1, 2])
    expect([...new Set(weekend)].sort((one, other) => one - other)).toEqual([0, 1, 2, 3, 4])
  })

  test('knows weekends', () => {
    expect(Array.from({ length: 7 }, (_, index) => isWeekend(monday + index))).toEqual([
      ...new Array<boolean>(5).fill(false),
      true,
      true,
    ])
  })
})

describe('equipHomes', () => {
  const world = equipHomes(recording, 1)

  test('gives half of the homes PV, and a third batteries and cars, of usual sizes', () => {
    const batteries = world.homes.flatMap(({ battery }) => battery ?? [])
    const cars = world.homes.flatMap(({ car }) => car ?? [])
    const roofs = world.homes.map(({ pvCapacityW }) => pvCapacityW).filter((capacityW) => capacityW > 0)
    expect([roofs.length, batteries.length, cars.length]).toEqual([30, 20, 20])
    for (const capacityW of roofs) expect([capacityW >= 3_000, capacityW <= 8_000]).toEqual([true, true])
    for (const { capacityWh, powerW } of batteries) {
      expect([capacityWh >= 5_000, capacityWh <= 13_000, powerW >= 3_000, powerW <= 5_000]).not.toContain(false)
    }
    expect(world.homes.filter(({ battery, pvCapacityW }) => battery !== null && pvCapacityW === 0)).toEqual([])
    for (const { chargerW, stays } of cars) {
      expect(chargerW).toBe(7_400)
      let free = 0
      for (const { arrival, departure, neededWh } of stays) {
        expect(arrival).toBeGreaterThanOrEqual(free)
        expect(neededWh).toBeGreaterThanOrEqual(8_000)
        expect(neededWh).toBeLessThanOrEqual(20_000)
        expect(neededWh).toBeLessThanOrEqual((departure - arrival) * 1_850)
        expect([arrival % 96 >= 53, departure % 96 <= 44]).toEqual([true, true])
        free = departure
      }
    }
  })

  test('makes solar energy by day alone, never above what the roofs are rated for', () => {
    for (const { pvWh, pvCapacityW } of world.homes) {
      pvWh.forEach((energyWh, position) => {
        const quarter = position % 96
        expect(energyWh).toBeLessThanOrEqual(pvCapacityW / 4)
        if (quarter < 24 || quarter >= 72) expect(energyWh).toBe(0)
      })
      if (pvCapacityW > 0) expect(sum(pvWh)).toBeGreaterThan(pvCapacityW * DAYS)
    }
  })

  test('is the same for one seed and another for another', () => {
    expect(equipHomes(recording, 1)).toEqual(world)
    expect(equipHomes(recording, 2)).not.toEqual(world)
  })

  test('has a peak in the evening, and periods above a part of it', () => {
    const loadingW = loadingOf(unmanagedPlanOf(world).flows)
    const peakW = peakOf(loadingW)
    const quarter = loadingW.indexOf(peakW) % 96
    expect([quarter >= 66, quarter <= 90]).toEqual([true, true])
    expect(periodsAbove(loadingW, limitOf(peakW, 1_000))).toBe(0)
    expect(periodsAbove(loadingW, limitOf(peakW, 800))).toBeGreaterThan(0)
  })

  test('can be kept below 80 % of its peak by what its devices can take less, one after the other', () => {
    const limitW = limitOf(peakOf(loadingOf(unmanagedPlanOf(world).flows)), 800)
    let state = firstStateOf(world)
    while (state.position < world.periods) {
      const [plannedW] = loadingOf([stepFeeder(world, state, new Map()).flows])
      let missingW = plannedW! - limitW
      const setPoints = new Map<number, HomeSetPoints>()
      const possible = missingW > 0 ? flexibilityOf(world, state, { position: state.position, periods: 1 }) : []
      for (const { home, kind, plannedW: ownW, mostLessW } of possible.toReversed()) {
        const lessW = Math.min(mostLessW[0]!, Math.max(0, missingW))
        missingW -= lessW
        if (lessW > 0) setPoints.set(home, { ...setPoints.get(home), [kind]: ownW[0]! - lessW })
      }
      const step: FeederStep = stepFeeder(world, state, setPoints)
      expect(loadingOf([step.flows])[0]).toBeLessThanOrEqual(limitW)
      state = step.state
    }
  })

  test('refuses a run that begins within a day', () => {
    expect(() => equipHomes({ ...recording, firstPeriod: deliveryPeriod(FIRST_PERIOD + 4) }, 1)).toThrow(RangeError)
  })
})

test('A peak is of what is drawn alone, and a limit is rounded down', () => {
  expect(peakOf([-5, 3, 7, 2])).toBe(7)
  expect(peakOf([-5])).toBe(0)
  expect(limitOf(7, 800)).toBe(5)
  expect(periodsAbove([-9, 5, 6, 7], 5)).toBe(2)
})
