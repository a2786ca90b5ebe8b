import { signedWh, startOf, type DeliveryPeriod } from '../units.ts'
import { comparedPeriodsOf } from './baseline/eligible-days.ts'
import { dayTypeOf, type LocalDay } from './baseline/local-calendar.ts'
import type { FlowSeries } from './baseline/period-flow.ts'
import { berlin, flowsOf, seededRandom } from './flows-for-test.ts'
import type { GuardedAsset, PastActivation } from './gaming/guarded-asset.ts'

/** A shape of a household's day: little at night, more in the morning, most in the evening. In Wh per quarter-hour. */
const shapeAt = (quarter: number): number =>
  60 + (quarter >= 26 && quarter < 34 ? 80 : 0) + (quarter >= 66 && quarter < 88 ? 180 : 0)

/** Like a normal deviate, from a seeded source. */
const deviateOf = (random: () => number): number =>
  Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6)

/**
 * A home that uses each day some other multiple of its shape, and each hour some other multiple of that; the weather of
 * a day multiplies the use of all homes.
 */
export function noisyHome(
  days: readonly LocalDay[],
  seed: number,
  weatherOn: (day: LocalDay) => number = () => 1,
): FlowSeries {
  const random = seededRandom(seed)
  const size = 0.5 + random()
  const factors = new Map<string, number>()
  const factorOf = (key: string, spread: number) => {
    const factor = factors.get(key) ?? Math.exp(spread * deviateOf(random))
    factors.set(key, factor)
    return factor
  }
  return flowsOf(days, (day, quarter) => {
    const ownDay = factorOf(day, 0.3)
    const hour = factorOf(`${day} ${Math.floor(quarter / 4)}`, 0.5)
    return Math.round(size * weatherOn(day) * ownDay * hour * shapeAt(quarter))
  })
}

/** What all of them use together; they were metered in the same periods. */
export function pooled(homes: readonly FlowSeries[]): FlowSeries {
  return new Map(
    [...homes[0]!].map(([period, flow]) => [
      period,
      { ...flow, flow: signedWh(homes.reduce((sum, home) => sum + home.get(period)!.flow, 0n)) },
    ]),
  )
}

/** Multiplies the use in some periods, as one who games would. */
export function raised(flows: FlowSeries, percent: number, isRaised: (period: DeliveryPeriod) => boolean): FlowSeries {
  return new Map(
    [...flows].map(([period, flow]) => [
      period,
      isRaised(period) ? { ...flow, flow: signedWh((flow.flow * BigInt(100 + percent)) / 100n) } : flow,
    ]),
  )
}

/** An activation of these quarter-hours on each of the days, notified a quarter of an hour before. */
export function activationsOn(days: readonly LocalDay[], quarters: readonly number[]): PastActivation[] {
  return days.map((day) => {
    const activated = comparedPeriodsOf(berlin, day, quarters)
    return { activated, notifiedAt: startOf(activated[0]!) - 900 }
  })
}

/** So many of the working days, drawn by a seed, ascending. */
export function drawnWorkingDays(days: readonly LocalDay[], count: number, seed: number): LocalDay[] {
  const random = seededRandom(seed)
  return days
    .filter((day) => dayTypeOf(berlin, day) === 'working-day')
    .map((day) => ({ day, place: random() }))
    .sort((one, other) => one.place - other.place)
    .slice(0, count)
    .map(({ day }) => day)
    .sort()
}

export function guardedAsset(one: Partial<GuardedAsset> & Pick<GuardedAsset, 'flows'>): GuardedAsset {
  return {
    calendar: berlin,
    direction: 'consumption',
    activations: [],
    otherActivations: [],
    controlGroup: [],
    fewestMembers: 3,
    ...one,
  }
}
