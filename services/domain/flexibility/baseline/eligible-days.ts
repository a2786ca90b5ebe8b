import { DomainError } from '../../errors.ts'
import type { DeliveryPeriod } from '../../units.ts'
import { meteredUsesOf, type CongestionDirection } from './baseline-case.ts'
import { dayTypeOf, localDayAfter, periodAt, type LocalCalendar, type LocalDay } from './local-calendar.ts'
import type { FlowSeries } from './period-flow.ts'

/** A day without activation whose compared quarter-hours were all metered, and what was used in each of them. */
export type EligibleDay = { readonly day: LocalDay; readonly uses: readonly bigint[] }

/** A day of the right type that feeds no baseline. */
export type PassedOverDay = { readonly day: LocalDay; readonly reason: 'activated' | 'not-metered' }

export type DaySearch = {
  readonly calendar: LocalCalendar
  readonly direction: CongestionDirection
  readonly flows: FlowSeries
  /** The day before which days are sought, of whose type they have to be. */
  readonly day: LocalDay
  /** The compared quarter-hours, by the clock on the wall. */
  readonly quarters: readonly number[]
  /** On which the asset was activated by anybody, in whichever quarter-hour. */
  readonly activatedDays: ReadonlySet<LocalDay>
  /** How many calendar days back are looked at, at most. */
  readonly lookBackDays: number
}

export type FoundDays = {
  /** The latest first. */
  readonly eligible: readonly EligibleDay[]
  readonly passedOver: readonly PassedOverDay[]
}

/** The latest eligible days before a day, at most so many; it looks no further back than it has to. */
export function eligibleDaysOf(search: DaySearch, most: number): FoundDays {
  const { calendar, day, lookBackDays } = search
  const type = dayTypeOf(calendar, day)
  const eligible: EligibleDay[] = []
  const passedOver: PassedOverDay[] = []
  for (let back = 1; back <= lookBackDays && eligible.length < most; back += 1) {
    const candidate = localDayAfter(day, -back)
    if (dayTypeOf(calendar, candidate) !== type) continue
    const uses = search.activatedDays.has(candidate) ? 'activated' : (usesOn(search, candidate) ?? 'not-metered')
    if (typeof uses === 'string') passedOver.push({ day: candidate, reason: uses })
    else eligible.push({ day: candidate, uses })
  }
  return { eligible, passedOver }
}

/** The found days. Throws `baseline-too-few-days`, saying what is missing, where they are fewer than needed. */
export function requireDays(search: DaySearch, found: FoundDays, needed: number): FoundDays {
  if (found.eligible.length >= needed) return found
  const { calendar, day, lookBackDays } = search
  const type = dayTypeOf(calendar, day)
  throw new DomainError(
    'baseline-too-few-days',
    `of the ${lookBackDays} days before ${day} ${found.eligible.length} are eligible, and ${needed} are needed: ` +
      `${type === 'working-day' ? 'working days' : 'days off'} without activation whose compared quarter-hours were metered`,
    {
      ...{ day, dayType: type, lookBackDays, needed },
      eligibleDays: found.eligible.map((one) => one.day),
      passedOver: found.passedOver,
    },
  )
}

/** The periods of a day that are compared with quarter-hours of another. */
export function comparedPeriodsOf(
  calendar: LocalCalendar,
  day: LocalDay,
  quarters: readonly number[],
): DeliveryPeriod[] {
  return quarters.map((quarter) => periodAt(calendar, { day, quarter }))
}

function usesOn({ calendar, direction, flows, quarters }: DaySearch, day: LocalDay): bigint[] | null {
  return meteredUsesOf(direction, flows, comparedPeriodsOf(calendar, day, quarters))
}
