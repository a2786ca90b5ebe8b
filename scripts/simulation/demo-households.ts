import type { HouseholdPlan } from '../setup/neighbourhood.ts'
import { chance } from './chance.ts'

/** A home of the demonstration: an invented family whose day is drawn from a seed, the same at every start. */
export type DemoHousehold = HouseholdPlan & {
  readonly seed: number
  /** Average consumption over a day, in W. */
  readonly averageLoadW: number
  readonly chargesCarAtHour: number | null
}

export type QuarterHour = { readonly loadWh: number; readonly pvWh: number }

const STREETS = [
  'Alder',
  'Birch',
  'Cedar',
  'Elm',
  'Hazel',
  'Juniper',
  'Linden',
  'Maple',
  'Oak',
  'Rowan',
  'Spruce',
  'Willow',
]
/** Beyond the seeds of all other homes. */
const SPARE_SEED = 1_000
const EXPECTATION_SEED = 0x9e3779b9
const APPLIANCE_SEED = 0x51ed270b
const APPLIANCE_W = 1_600
const SUNRISE = 6.2
const SUNSET = 20.3
const CAR_CHARGER_W = 3_600
const CAR_HOURS = 2

/**
 * The demonstration's homes: one in three has solar panels, one in four a car. On a fair day the roofs make
 * now more, now less than all homes take, so that the price goes both ways.
 */
export function demoHouseholds(count: number): DemoHousehold[] {
  return Array.from({ length: count }, (_, position) => {
    const seed = position + 1
    return {
      name: `${STREETS[position % STREETS.length]} ${position + 1}`,
      seed,
      connectionCapacityW: 17_250,
      pvCapacityW: position % 3 === 0 ? 2_000 + Math.floor(chance(seed, 1) * 6) * 400 : 0,
      averageLoadW: 250 + Math.floor(chance(seed, 2) * 500),
      chargesCarAtHour: position % 4 === 1 ? 17 + Math.floor(chance(seed, 3) * 5) : null,
    }
  })
}

/** Homes that are lived in from the moment they join: each has solar panels. */
export function spareHouseholds(count: number): DemoHousehold[] {
  return Array.from({ length: count }, (_, position) => {
    const seed = SPARE_SEED + position
    return {
      name: `spare ${position + 1}`,
      seed,
      connectionCapacityW: 17_250,
      pvCapacityW: 4_000 + position * 800,
      averageLoadW: 250 + Math.floor(chance(seed, 2) * 500),
      chargesCarAtHour: null,
    }
  })
}

/** What the home takes and makes in a quarter-hour, in Wh. */
export function quarterHourOf(household: DemoHousehold, period: number): QuarterHour {
  const hour = ((period % 96) * 24) / 96
  const day = Math.floor(period / 96)
  return {
    loadWh: Math.round(
      (loadW(household, hour, day) * (0.75 + 0.5 * chance(household.seed, period)) +
        applianceW(household, period, hour) +
        carW(household, hour)) /
        4,
    ),
    pvWh: Math.round(
      (household.pvCapacityW *
        sunshine(hour) *
        cloudFactor(day, period) *
        (0.95 + 0.1 * chance(household.seed, period + 7))) /
        4,
    ),
  }
}

/** What the home expects of the quarter-hour: the right shape, but not the chances of the day. */
export function expectedQuarterHourOf(household: DemoHousehold, period: number): QuarterHour {
  const actual = quarterHourOf(household, period)
  const off = 0.85 + 0.3 * chance(household.seed ^ EXPECTATION_SEED, period)
  const sunOff = 0.9 + 0.2 * chance(EXPECTATION_SEED, period)
  return { loadWh: Math.round(actual.loadWh * off), pvWh: Math.round(actual.pvWh * sunOff) }
}

function loadW(household: DemoHousehold, hour: number, day: number): number {
  const weekend = day % 7 === 2 || day % 7 === 3
  const morning = bump(hour, weekend ? 9.5 : 7.3, 1.3)
  const evening = bump(hour, 19 + chance(household.seed, 4) * 1.5, 2.2)
  return household.averageLoadW * (0.6 + 0.7 * morning + 1.2 * evening + (weekend ? 0.5 : 0.2) * bump(hour, 13, 3))
}

/** Now and then a cooker, a washing machine or a kettle, by day only. */
function applianceW(household: DemoHousehold, period: number, hour: number): number {
  const isDay = hour >= 6.5 && hour < 22.5
  return isDay && chance(household.seed ^ APPLIANCE_SEED, period) < 0.12 ? APPLIANCE_W : 0
}

function carW(household: DemoHousehold, hour: number): number {
  const start = household.chargesCarAtHour
  return start !== null && hour >= start && hour < start + CAR_HOURS ? CAR_CHARGER_W : 0
}

function sunshine(hour: number): number {
  if (hour <= SUNRISE || hour >= SUNSET) return 0
  return 0.85 * Math.sin((Math.PI * (hour - SUNRISE)) / (SUNSET - SUNRISE)) ** 1.5
}

/** Clouds are the same for all homes: some days clear, some broken. */
function cloudFactor(day: number, period: number): number {
  const clearness = 0.5 + 0.5 * chance(day, 11)
  return clearness + (1 - clearness) * chance(11, Math.floor(period / 2))
}

function bump(hour: number, centre: number, width: number): number {
  return Math.exp(-(((hour - centre) / width) ** 2))
}
