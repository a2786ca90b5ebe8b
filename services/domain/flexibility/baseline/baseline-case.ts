import { DomainError } from '../../errors.ts'
import {
  deliveryPeriod,
  SECONDS_PER_PERIOD,
  signedWh,
  startOf,
  type DeliveryPeriod,
  type SignedWh,
} from '../../units.ts'
import { localDayOf, localQuarterHourOf, type LocalCalendar, type LocalDay } from './local-calendar.ts'
import type { Nomination } from './nomination.ts'
import { meteredFlowAt, type FlowSeries } from './period-flow.ts'

/** What there is too much of at the congestion point: energy drawn from the grid, or fed into it. */
export type CongestionDirection = 'consumption' | 'feed-in'

/** Another connection point or device, against which one that was activated can be compared. */
export type ControlMember = {
  readonly id: string
  readonly flows: FlowSeries
  /** Every period in which it was activated, by whomever. */
  readonly activations: readonly DeliveryPeriod[]
}

/** One activation of an asset, and all that its baseline is computed from. */
export type BaselineCase = {
  readonly calendar: LocalCalendar
  readonly direction: CongestionDirection
  /** The periods of the activation whose baseline is wanted. */
  readonly activated: readonly DeliveryPeriod[]
  /** Unix seconds at which the asset's side was told of the activation. */
  readonly notifiedAt: number
  readonly flows: FlowSeries
  /** Every period in which the asset was activated, by whomever; those of this activation need not be among them. */
  readonly activations: readonly DeliveryPeriod[]
  readonly nominations: readonly Nomination[]
  readonly controlGroup: readonly ControlMember[]
}

/** The activated periods of one local day. */
export type ActivatedDay = {
  readonly day: LocalDay
  readonly periods: readonly DeliveryPeriod[]
  /** Of each period, its quarter-hour by the clock on the wall. */
  readonly quarters: readonly number[]
}

/**
 * Energy in the direction of the congestion: what is to be reduced is positive. With feed-in congestion every method
 * sees the flows mirrored, so that its days of high use are days of high feed-in, and its result is mirrored back.
 */
export function useOf(direction: CongestionDirection, flow: SignedWh): bigint {
  return direction === 'consumption' ? flow : -flow
}

export function flowOfUse(direction: CongestionDirection, use: bigint): SignedWh {
  return signedWh(direction === 'consumption' ? use : -use)
}

/** The metered use of the periods; null where one of them is estimated or missing. */
export function meteredUsesOf(
  direction: CongestionDirection,
  flows: FlowSeries,
  periods: readonly DeliveryPeriod[],
): bigint[] | null {
  const uses: bigint[] = []
  for (const period of periods) {
    const flow = meteredFlowAt(flows, period)
    if (flow === null) return null
    uses.push(useOf(direction, flow))
  }
  return uses
}

export function totalOf(uses: readonly bigint[]): bigint {
  return uses.reduce((total, use) => total + use, 0n)
}

export function localDaysOf(calendar: LocalCalendar, periods: Iterable<DeliveryPeriod>): ReadonlySet<LocalDay> {
  return new Set(Array.from(periods, (period) => localDayOf(calendar, period)))
}

/** The activated periods ascending, by local day: each day has a baseline from days of its own. */
export function activatedDaysOf({ calendar, activated }: Pick<BaselineCase, 'calendar' | 'activated'>): ActivatedDay[] {
  const days = new Map<LocalDay, { periods: DeliveryPeriod[]; quarters: number[] }>()
  for (const period of ascending(activated)) {
    const { day, quarter } = localQuarterHourOf(calendar, period)
    const found = days.get(day) ?? { periods: [], quarters: [] }
    days.set(day, found)
    found.periods.push(period)
    found.quarters.push(quarter)
  }
  return [...days].map(([day, found]) => ({ day, ...found }))
}

/**
 * The latest `length` periods that ended `gap` periods before the notification or earlier, ascending: nothing that was
 * used once the asset's side knew is in there.
 */
export function periodsBefore(notifiedAt: number, length: number, gap: number): DeliveryPeriod[] {
  const end = Math.floor(notifiedAt / SECONDS_PER_PERIOD) - gap
  return Array.from({ length }, (_, index) => deliveryPeriod(end - length + index))
}

/** Throws `activation-empty`, `period-activated-twice` or `notified-too-late`. */
export function requireActivation({ activated, notifiedAt }: BaselineCase): void {
  if (activated.length === 0) {
    throw new DomainError('activation-empty', 'no period is activated: there is nothing to find a baseline of')
  }
  const periods = ascending(activated)
  const twice = periods.find((period, index) => period === periods[index + 1])
  if (twice !== undefined) {
    throw new DomainError('period-activated-twice', `period ${twice} is named twice in one activation`, {
      period: twice,
    })
  }
  const start = startOf(periods[0]!)
  if (!Number.isFinite(notifiedAt) || notifiedAt > start) {
    throw new DomainError(
      'notified-too-late',
      `the activation starts at ${start}, before the notification at ${notifiedAt}: leave out the periods that began`,
      { start, notifiedAt },
    )
  }
}

export function ascending(periods: readonly DeliveryPeriod[]): DeliveryPeriod[] {
  return [...periods].sort((one, other) => one - other)
}
