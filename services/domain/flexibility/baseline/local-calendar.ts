import { DomainError } from '../../errors.ts'
import { deliveryPeriod, PERIODS_PER_DAY, startOf, type DeliveryPeriod } from '../../units.ts'

declare const day: unique symbol
/** A day of the grid's local calendar as an ISO date, such as 2026-10-25. */
export type LocalDay = string & { readonly [day]: 'local' }

/** Weekends and public holidays are days off; all others are working days. */
export type DayType = 'working-day' | 'day-off'

/** A quarter-hour by the clock on the wall: 0 starts at midnight, 95 at a quarter to midnight. */
export type LocalQuarterHour = { readonly day: LocalDay; readonly quarter: number }

/** From a delivery period on the clock on the wall is so many quarter-hours ahead of UTC. */
export type UtcOffset = { readonly from: DeliveryPeriod; readonly quarters: number }

/**
 * The local days of a grid. It is plain data, so that whoever recomputes a baseline does so with the same calendar and
 * not with the time zones that its own machine happens to know.
 */
export type LocalCalendar = {
  readonly timeZone: string
  readonly publicHolidays: readonly LocalDay[]
  readonly firstPeriod: DeliveryPeriod
  /** Inclusive. */
  readonly lastPeriod: DeliveryPeriod
  /** Ascending; the first holds from the first period on. */
  readonly offsets: readonly UtcOffset[]
}

const MILLISECONDS_PER_DAY = 86_400_000
const SATURDAY = 6
const SUNDAY = 0

/**
 * The calendar of a time zone from the machine's time zone database.
 * Throws `time-zone-unknown`, or `time-zone-unsupported` where a local clock does not keep to quarter-hours of UTC.
 */
export function localCalendarOf(definition: {
  readonly timeZone: string
  readonly publicHolidays: readonly LocalDay[]
  readonly firstPeriod: DeliveryPeriod
  readonly lastPeriod: DeliveryPeriod
}): LocalCalendar {
  const { timeZone, firstPeriod, lastPeriod } = definition
  const offsetAt = offsetReaderOf(timeZone)
  const offsets: UtcOffset[] = [{ from: firstPeriod, quarters: offsetAt(firstPeriod) }]
  for (let known: number = firstPeriod; known < lastPeriod;) {
    const next = deliveryPeriod(Math.min(known + PERIODS_PER_DAY, lastPeriod))
    const { quarters } = offsets.at(-1)!
    if (offsetAt(next) !== quarters) {
      const from = firstAfter(known, next, (period) => offsetAt(period) !== quarters)
      offsets.push({ from, quarters: offsetAt(from) })
    }
    known = next
  }
  return { ...definition, offsets }
}

/** Throws `local-day-invalid` unless it is an ISO date that exists. */
export function parseLocalDay(value: string): LocalDay {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : NaN
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) {
    throw new DomainError('local-day-invalid', `"${value}" is not a day: give an ISO date such as 2026-10-25`, {
      value,
    })
  }
  return value as LocalDay
}

/** Where the period starts on the clock on the wall. Throws `period-outside-calendar`. */
export function localQuarterHourOf(calendar: LocalCalendar, period: DeliveryPeriod): LocalQuarterHour {
  const local = period + offsetOf(calendar, period)
  const number = Math.floor(local / PERIODS_PER_DAY)
  return { day: localDayFrom(number), quarter: local - number * PERIODS_PER_DAY }
}

/** The local day in which the period starts. Throws `period-outside-calendar`. */
export function localDayOf(calendar: LocalCalendar, period: DeliveryPeriod): LocalDay {
  return localQuarterHourOf(calendar, period).day
}

/**
 * The delivery period that starts at a time on the clock on the wall, by the rule of RFC 5545, 3.3.5: of a quarter-hour
 * that exists twice the first one; one that the clock skips is read with the offset from before the gap, so it is the
 * one that comes later by what the clock skips. Throws `period-outside-calendar`.
 */
export function periodAt(calendar: LocalCalendar, { day, quarter }: LocalQuarterHour): DeliveryPeriod {
  const local = numberOf(day) * PERIODS_PER_DAY + quarter
  const before = offsetNear(calendar, local - PERIODS_PER_DAY)
  const after = offsetNear(calendar, local + PERIODS_PER_DAY)
  const found = [before, after].find((quarters) => offsetNear(calendar, local - quarters) === quarters)
  const period = deliveryPeriod(local - (found ?? before))
  requireWithin(calendar, period)
  return period
}

/** The delivery periods of a local day, ascending: 96, and more or fewer where clocks are changed. */
export function periodsOfLocalDay(calendar: LocalCalendar, day: LocalDay): DeliveryPeriod[] {
  const first = periodAt(calendar, { day, quarter: 0 })
  const next = periodAt(calendar, { day: localDayAfter(day, 1), quarter: 0 })
  return Array.from({ length: next - first }, (_, index) => deliveryPeriod(first + index))
}

/** Whether the calendar covers all of the day, and some of the days next to it. */
export function coversDay(calendar: LocalCalendar, day: LocalDay): boolean {
  return localDayOf(calendar, calendar.firstPeriod) < day && day < localDayOf(calendar, calendar.lastPeriod)
}

export function dayTypeOf(calendar: LocalCalendar, day: LocalDay): DayType {
  const weekday = new Date(numberOf(day) * MILLISECONDS_PER_DAY).getUTCDay()
  const isOff = weekday === SATURDAY || weekday === SUNDAY || calendar.publicHolidays.includes(day)
  return isOff ? 'day-off' : 'working-day'
}

/** The day so many days later; earlier where the number is negative. */
export function localDayAfter(day: LocalDay, days: number): LocalDay {
  return localDayFrom(numberOf(day) + days)
}

function numberOf(day: LocalDay): number {
  return Date.parse(`${day}T00:00:00Z`) / MILLISECONDS_PER_DAY
}

function localDayFrom(number: number): LocalDay {
  return new Date(number * MILLISECONDS_PER_DAY).toISOString().slice(0, 10) as LocalDay
}

function offsetOf(calendar: LocalCalendar, period: DeliveryPeriod): number {
  requireWithin(calendar, period)
  return offsetNear(calendar, period)
}

/** The offset at a count of periods, which may lie a little outside of the calendar. */
function offsetNear({ offsets }: LocalCalendar, count: number): number {
  return (offsets.findLast(({ from }) => from <= count) ?? offsets[0]!).quarters
}

function requireWithin({ firstPeriod, lastPeriod }: LocalCalendar, period: DeliveryPeriod): void {
  if (period >= firstPeriod && period <= lastPeriod) return
  throw new DomainError(
    'period-outside-calendar',
    `period ${period} is outside of the local calendar, which covers ${firstPeriod} to ${lastPeriod}`,
    { period, firstPeriod, lastPeriod },
  )
}

function firstAfter(known: number, other: number, isReached: (period: DeliveryPeriod) => boolean): DeliveryPeriod {
  let [before, from] = [known, other]
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2)
    if (isReached(deliveryPeriod(middle))) from = middle
    else before = middle
  }
  return deliveryPeriod(from)
}

function offsetReaderOf(timeZone: string): (period: DeliveryPeriod) => number {
  const format = offsetFormatOf(timeZone)
  return (period) => {
    const name = format.formatToParts(startOf(period) * 1_000).find(({ type }) => type === 'timeZoneName')?.value
    const match = /^GMT(?:([+-])(\d{2}):(\d{2})(:\d{2})?)?$/.exec(name ?? '')
    const [, sign, hours = '0', minutes = '0', seconds] = match ?? []
    if (match === null || seconds !== undefined || Number(minutes) % 15 !== 0) {
      throw new DomainError(
        'time-zone-unsupported',
        `${timeZone} is at ${name} in period ${period}, which is no whole number of quarter-hours from UTC`,
        { timeZone, period },
      )
    }
    return (sign === '-' ? -1 : 1) * (Number(hours) * 4 + Number(minutes) / 15)
  }
}

function offsetFormatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new DomainError('time-zone-unknown', `${timeZone} is not a time zone: give a name such as Europe/Berlin`, {
      timeZone,
    })
  }
}
