import type { FlexibilityMessage } from '../../../services/runtime/home-flexibility.ts'
import type { FeederDevice } from './feeder-devices.ts'
import { planFrom } from './feeder-plan.ts'
import type { FeederState, FeederWorld, FlexibleKind, HomeFlow } from './feeder-world.ts'
import type { CarStay, HomeCar } from './car-charging.ts'

type ToldDevice = FlexibilityMessage['devices'][number]
type Course = { readonly position: number; readonly flows: readonly HomeFlow[] }

/** Two days at most. */
const HORIZON_PERIODS = 192
const MILLI = 1_000
/** What an owner asks for a kWh that is shifted, in micro-euro: of a battery what it loses, and what its home then buys; of a car the trouble alone. */
const ASKS: Readonly<Record<FlexibleKind, number>> = { battery: 450_000, 'ev-charger': 100_000 }

/**
 * What the feeder's homes say of their devices at the state: how each would run from there on if nobody told it anything,
 * and within which bounds it may be told otherwise. By the home's position; homes without devices say nothing.
 */
export function toldFlexibilityOf(
  world: FeederWorld,
  state: FeederState,
  devices: readonly FeederDevice[],
): ReadonlyMap<number, FlexibilityMessage> {
  const plan = planFrom(world, state).flows.slice(0, HORIZON_PERIODS)
  if (plan.length === 0) return new Map()
  const byPlace = Map.groupBy(devices, ({ place }) => place)
  return new Map(
    [...byPlace].map(([place, own]) => {
      const course = { position: state.position, flows: plan.map((homes) => homes[place]!) }
      const told = own.map((device) => toldOf(world, state, device, course))
      return [place, { firstPeriod: world.firstPeriod + state.position, devices: told }]
    }),
  )
}

function toldOf(
  { homes }: FeederWorld,
  state: FeederState,
  { place, kind, address }: FeederDevice,
  course: Course,
): ToldDevice {
  const { battery, car } = homes[place]!
  const { storedMilliWh, charging } = state.homes[place]!
  const said = { device: address.toLowerCase(), askMicroEuroPerKwh: ASKS[kind] }
  if (kind === 'battery') {
    const { powerW, capacityWh, efficiencyPermille } = battery!
    const all = <Value>(value: Value) => course.flows.map(() => value)
    return {
      ...{ ...said, efficiencyPermille },
      planW: course.flows.map(({ batteryWh }) => 4 * batteryWh),
      ...{ leastW: all(-powerW), mostW: all(powerW) },
      // Rounded in its favour, since the battery itself counts thousandths.
      storedWh: Math.ceil(storedMilliWh / MILLI),
      ...{ leastStoredWh: all(0), mostStoredWh: all(capacityWh + 1) },
    }
  }
  return { ...said, ...chargingOf(car!, charging.chargedWh, course), efficiencyPermille: MILLI }
}

type Charging = Omit<ToldDevice, 'device' | 'askMicroEuroPerKwh' | 'efficiencyPermille'>

/** What a charger gives counts on from car to car: each leaves with what its plan has it given. */
function chargingOf(car: HomeCar, chargedWh: number, { position, flows }: Course): Charging {
  const perPeriodWh = Math.floor(car.chargerW / 4)
  const end = position + flows.length
  const stays = car.stays.filter(({ arrival, departure }) => departure > position && arrival < end)
  const givenIn = (stay: CarStay) =>
    flows.reduce((sum, { carWh }, index) => {
      const at = position + index
      return at >= stay.arrival && at < stay.departure ? sum + carWh : sum
    }, 0)
  const first = stays[0]
  const begun = first !== undefined && first.arrival <= position ? chargedWh : 0
  const needs = stays.map((stay, index) => ({ stay, neededWh: givenIn(stay) + (index === 0 ? begun : 0) }))
  const leastStoredWh: number[] = []
  const mostStoredWh: number[] = []
  const mostW: number[] = []
  for (let at = position; at < end; at += 1) {
    const standing = stays.some(({ arrival, departure }) => arrival <= at && at < departure)
    mostW.push(standing ? car.chargerW : 0)
    let [least, most] = [0, 0]
    for (const { stay, neededWh } of needs) {
      if (stay.arrival > at) continue
      most += neededWh
      const later = perPeriodWh * Math.max(0, Math.min(stay.departure, end) - at - 1)
      least += Math.max(0, neededWh - later)
    }
    leastStoredWh.push(least)
    mostStoredWh.push(most)
  }
  return {
    planW: flows.map(({ carWh }) => 4 * carWh),
    leastW: flows.map(() => 0),
    ...{ mostW, storedWh: begun, leastStoredWh, mostStoredWh },
  }
}
