import type { DeliveryPeriod } from '../../../services/domain/units.ts'
import {
  chargedAfter,
  NOT_CHARGED,
  ownCarWh,
  possibleCarWh,
  stayAt,
  type ChargingState,
  type HomeCar,
} from './car-charging.ts'
import { ownBatteryWh, possibleBatteryWh, storedAfter, type HomeBattery } from './home-battery.ts'

/** A home behind the feeder, with what it takes and makes by the position of the period in the run, in Wh. */
export type FeederHome = {
  readonly name: string
  /** Without battery and car. */
  readonly loadWh: readonly number[]
  readonly pvWh: readonly number[]
  /** 0 where it has no PV. */
  readonly pvCapacityW: number
  readonly battery: HomeBattery | null
  readonly car: HomeCar | null
}

export type FeederWorld = {
  readonly firstPeriod: DeliveryPeriod
  readonly periods: number
  readonly homes: readonly FeederHome[]
}

export type HomeState = {
  /** In its battery, in thousandths of a Wh; 0 where it has none. */
  readonly storedMilliWh: number
  /** Of the car that stands there; as if it had just come where none does. */
  readonly charging: ChargingState
}

/** How things stand when the period at `position` begins. */
export type FeederState = { readonly position: number; readonly homes: readonly HomeState[] }

export const FLEXIBLE_KINDS = ['battery', 'ev-charger'] as const
/** The kinds of devices that may be told what to take. */
export type FlexibleKind = (typeof FLEXIBLE_KINDS)[number]

/** The power that devices of a home are told to take in a period, in W; negative to give. Who is told nothing does as it likes. */
export type HomeSetPoints = Partial<Readonly<Record<FlexibleKind, number>>>
/** By the home's position. */
export type SetPoints = ReadonlyMap<number, HomeSetPoints>

/** What flowed in a period, in Wh; of battery, car and net, positive is into the home or the device. */
export type HomeFlow = {
  readonly loadWh: number
  readonly pvWh: number
  readonly batteryWh: number
  readonly carWh: number
  readonly netWh: number
}

export type FeederStep = {
  readonly state: FeederState
  /** By the home's position. */
  readonly flows: readonly HomeFlow[]
}

/** Batteries are empty at first, and no car stands at a charger. */
export function firstStateOf({ homes }: FeederWorld): FeederState {
  return { position: 0, homes: homes.map(() => ({ storedMilliWh: 0, charging: NOT_CHARGED })) }
}

/** One delivery period of the feeder: what flows, and how things stand at its end. Throws a `RangeError` behind the last one. */
export function stepFeeder(world: FeederWorld, state: FeederState, setPoints: SetPoints): FeederStep {
  const { position } = state
  if (position >= world.periods) throw new RangeError(`the run has ${world.periods} periods`)
  const steps = world.homes.map((home, place) => stepHome(home, state.homes[place]!, position, setPoints.get(place)))
  return {
    state: { position: position + 1, homes: steps.map((step) => step.state) },
    flows: steps.map(({ flow }) => flow),
  }
}

/** One delivery period of one home; neither homes nor the devices of one home depend on one another. */
export function stepHome(
  home: FeederHome,
  state: HomeState,
  position: number,
  setPoints: HomeSetPoints = {},
): { readonly state: HomeState; readonly flow: HomeFlow } {
  const loadWh = home.loadWh[position]!
  const pvWh = home.pvWh[position]!
  const { carWh, charging } = chargeCar(home, state.charging, position, setPoints['ev-charger'])
  const { battery } = home
  const told = setPoints.battery
  const batteryWh =
    battery === null
      ? 0
      : told === undefined
        ? ownBatteryWh(battery, state.storedMilliWh, loadWh - pvWh)
        : possibleBatteryWh(battery, state.storedMilliWh, energyOfSetPoint(told))
  const storedMilliWh = battery === null ? 0 : storedAfter(battery, state.storedMilliWh, batteryWh)
  return {
    state: { storedMilliWh, charging },
    flow: { loadWh, pvWh, batteryWh, carWh, netWh: loadWh + carWh + batteryWh - pvWh },
  }
}

/** What a set-point makes in a period, in Wh, rounded down: who is told to take less takes at most that. */
export function energyOfSetPoint(powerW: number): number {
  return Math.floor(powerW / 4)
}

function chargeCar(
  { car }: FeederHome,
  before: ChargingState,
  position: number,
  toldW: number | undefined,
): { readonly carWh: number; readonly charging: ChargingState } {
  const stay = car === null ? null : stayAt(car, position)
  if (car === null || stay === null) return { carWh: 0, charging: NOT_CHARGED }
  const carWh =
    toldW === undefined
      ? ownCarWh(car, stay, before, position)
      : possibleCarWh(car, stay, before, { position, wishWh: energyOfSetPoint(toldW) })
  const isLast = position + 1 === stay.departure
  return { carWh, charging: isLast ? NOT_CHARGED : chargedAfter(car, stay, before, { position, carWh }) }
}
