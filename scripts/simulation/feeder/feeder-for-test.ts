import fc from 'fast-check'
import { deliveryPeriod } from '../../../services/domain/units.ts'
import type { CarStay } from './car-charging.ts'
import type { FeederHome, FeederWorld, SetPoints } from './feeder-world.ts'

export const FIRST_PERIOD = deliveryPeriod((Date.parse('2026-03-02T00:00:00Z') / 86_400_000) * 96)

/** A home that takes and makes the same in each of so many periods. */
export function evenHome(
  { loadWh, pvWh = 0 }: { readonly loadWh: number; readonly pvWh?: number },
  periods: number,
  more: Partial<FeederHome> = {},
): FeederHome {
  const each = (energyWh: number) => new Array<number>(periods).fill(energyWh)
  return {
    name: 'home',
    loadWh: each(loadWh),
    pvWh: each(pvWh),
    pvCapacityW: 4 * pvWh,
    battery: null,
    car: null,
    ...more,
  }
}

export function worldOf(homes: readonly FeederHome[]): FeederWorld {
  return { firstPeriod: FIRST_PERIOD, periods: homes[0]!.loadWh.length, homes }
}

/** Of the first home. */
export function told(setPoints: SetPoints extends ReadonlyMap<number, infer Told> ? Told : never): SetPoints {
  return new Map([[0, setPoints]])
}

const PERIODS = 24
const energies = (most: number) =>
  fc.array(fc.integer({ min: 0, max: most }), { minLength: PERIODS, maxLength: PERIODS })
const battery = fc.record({
  capacityWh: fc.integer({ min: 0, max: 13_000 }),
  powerW: fc.integer({ min: 0, max: 1_250 }).map((quarter) => 4 * quarter),
  efficiencyPermille: fc.integer({ min: 700, max: 1_000 }),
})
/** A stay that is long enough for what is needed. */
const stay = fc
  .record({
    arrival: fc.integer({ min: 0, max: PERIODS - 1 }),
    periods: fc.integer({ min: 1, max: PERIODS }),
    share: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ arrival, periods, share }): CarStay => {
    const departure = Math.min(PERIODS, arrival + periods)
    return { arrival, departure, neededWh: Math.floor(((departure - arrival) * 1_850 * share) / 100) }
  })
const car = stay.map((only) => ({ chargerW: 7_400, stays: [only] }))

/** Any home of 24 periods whose car can be full by its departure. */
export const anyHome: fc.Arbitrary<FeederHome> = fc.record({
  name: fc.constant('home'),
  loadWh: energies(3_000),
  pvWh: energies(2_000),
  pvCapacityW: fc.constant(8_000),
  battery: fc.option(battery),
  car: fc.option(car),
})

const power = fc.option(fc.integer({ min: -10_000, max: 10_000 }), { nil: undefined })
/** What a home's devices are told in each of 24 periods, if anything. */
export const anyOrders = fc.array(fc.record({ battery: power, 'ev-charger': power }), {
  minLength: PERIODS,
  maxLength: PERIODS,
})
