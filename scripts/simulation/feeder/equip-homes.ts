import { PERIODS_PER_DAY, tradingDayOf } from '../../../services/domain/units.ts'
import type { Recording } from '../recorded-households.ts'
import { drawStays } from './car-stays.ts'
import { varyDay } from './day-variation.ts'
import { drawBetween, drawOwners, type Seed } from './draw.ts'
import type { FeederHome, FeederWorld } from './feeder-world.ts'
import type { HomeBattery } from './home-battery.ts'
import { pvEnergyOf } from './sunshine.ts'

/** One home in so many has it. */
const ONE_IN = { pv: 2, battery: 3, car: 3 }
const STEP_W = 500
const PV_STEPS = [6, 16] as const
const BATTERY_CAPACITY_STEPS = [10, 26] as const
const BATTERY_POWER_STEPS = [6, 10] as const
/** About 90 % of the energy come back. */
const EFFICIENCY_PERMILLE = 950
/** One phase, 32 A. */
const CHARGER_W = 7_400

/**
 * The homes of a feeder with simulated solar, batteries and cars on top of what was recorded of them, which is one day. Half
 * of them have PV (3 to 8 kWp), a third batteries (5 to 13 kWh at 3 to 5 kW, each with PV) and a third cars (7.4 kW),
 * rounded down; who, is drawn. Throws a `RangeError` unless the recording is whole and begins with a day.
 */
export function equipHomes({ firstPeriod, periods, households }: Recording, seed: Seed): FeederWorld {
  if (firstPeriod % PERIODS_PER_DAY !== 0) throw new RangeError('a feeder begins with a day')
  const days = periods / PERIODS_PER_DAY
  const firstDay = tradingDayOf(firstPeriod)
  const places = households.map((_, home) => home)
  const roofs = drawOwners(seed, 'pv-owner', places, Math.floor(places.length / ONE_IN.pv))
  const batteries = drawOwners(seed, 'battery-owner', [...roofs], Math.floor(places.length / ONE_IN.battery))
  const cars = drawOwners(seed, 'car-owner', places, Math.floor(places.length / ONE_IN.car))
  const homes = households.map(({ name, loadWh }, home): FeederHome => {
    const recordedWh = loadWh.slice(0, PERIODS_PER_DAY).map((energy) => {
      if (energy === null) throw new RangeError(`${name} has gaps`)
      return energy
    })
    const pvCapacityW = roofs.has(home) ? STEP_W * drawBetween(seed, 'pv-size', { home, index: 0 }, PV_STEPS) : 0
    const daysOf = (dayOf: (day: number) => readonly number[]) =>
      Array.from({ length: days }, (_, index) => dayOf(firstDay + index)).flat()
    return {
      name,
      loadWh: daysOf((day) => varyDay(recordedWh, { seed, home, day })),
      pvWh: daysOf((day) => recordedWh.map((_, quarter) => pvEnergyOf(pvCapacityW, { seed, home, day, quarter }))),
      pvCapacityW,
      battery: batteries.has(home) ? drawBattery(seed, home) : null,
      car: cars.has(home) ? { chargerW: CHARGER_W, stays: drawStays({ seed, home }, firstDay, days) } : null,
    }
  })
  return { firstPeriod, periods, homes }
}

function drawBattery(seed: Seed, home: number): HomeBattery {
  return {
    capacityWh: STEP_W * drawBetween(seed, 'battery-size', { home, index: 0 }, BATTERY_CAPACITY_STEPS),
    powerW: STEP_W * drawBetween(seed, 'battery-power', { home, index: 0 }, BATTERY_POWER_STEPS),
    efficiencyPermille: EFFICIENCY_PERMILLE,
  }
}
