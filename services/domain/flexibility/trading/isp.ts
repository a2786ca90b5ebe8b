import { DomainError } from '../../errors.ts'
import { deliveryPeriod, type DeliveryPeriod } from '../../units.ts'

/** So many imbalance settlement periods from the given one on; the first of a local day is number 1. */
export type IspRange = { readonly start: number; readonly duration: number }

/** How long an ISP is in every market that this one borders on. */
export const ISP_DURATION = 'PT15M'
const LENGTHS_OF_DAY: readonly number[] = [92, 96, 100]

/** Throws `isp-duration-rejected` for any ISP but the quarter-hour. */
export function requireIspDuration(duration: string): void {
  if (duration === ISP_DURATION) return
  throw new DomainError('isp-duration-rejected', `ISPs are of ${ISP_DURATION} here, and not of ${duration}`, {
    duration,
  })
}

/** Throws `time-zone-rejected` for another time zone than the one by which the grid operator counts its ISPs. */
export function requireTimeZone(timeZone: string, agreed: string): void {
  if (timeZone === agreed) return
  throw new DomainError('time-zone-rejected', `ISPs are counted in ${agreed} here, and not in ${timeZone}`, {
    timeZone,
  })
}

/**
 * Each range with its delivery periods. A local day has 96 of them, 92 where clocks are put forward and 100 where they are
 * put back, given ascending. Throws `isp-day-invalid`, `isp-out-of-bounds` for a range that does not lie within the day or
 * for none, and `isp-conflict` where an ISP is named twice.
 */
export function periodsOfIsps<Range extends IspRange>(
  day: readonly DeliveryPeriod[],
  ranges: readonly Range[],
): { readonly period: DeliveryPeriod; readonly range: Range }[] {
  requireDay(day)
  if (ranges.length === 0) throw outOfBounds('a message names at least one ISP', {})
  const named = new Set<number>()
  const periods = ranges.flatMap((range) => {
    const { start, duration } = range
    const isWhole = Number.isInteger(start) && Number.isInteger(duration)
    if (!isWhole || start < 1 || duration < 1 || start + duration - 1 > day.length) {
      throw outOfBounds(`${duration} ISPs from ${start} on are not within the day's 1 to ${day.length}`, {
        ...{ start, duration },
      })
    }
    return Array.from({ length: duration }, (_, index) => {
      const isp = start + index
      if (named.has(isp)) throw new DomainError('isp-conflict', `ISP ${isp} is named twice`, { isp })
      named.add(isp)
      return { period: day[isp - 1]!, range }
    })
  })
  return periods.sort((one, other) => one.period - other.period)
}

/**
 * The fewest ranges that say the same, ascending: neighbouring periods with equal values become one.
 * Throws `isp-day-invalid`, and `isp-out-of-bounds` for a period of another day.
 */
export function ispsOfPeriods<Value>(
  day: readonly DeliveryPeriod[],
  items: readonly { readonly period: DeliveryPeriod; readonly value: Value }[],
): (IspRange & { readonly value: Value })[] {
  requireDay(day)
  const sorted = [...items].sort((one, other) => one.period - other.period)
  const ranges: { start: number; duration: number; value: Value }[] = []
  for (const { period, value } of sorted) {
    const isp = period - day[0]! + 1
    if (isp < 1 || isp > day.length) throw outOfBounds(`period ${period} is not of this day`, { period })
    const last = ranges.at(-1)
    if (last !== undefined && last.start + last.duration === isp && last.value === value) last.duration += 1
    else ranges.push({ start: isp, duration: 1, value })
  }
  return ranges
}

function requireDay(day: readonly DeliveryPeriod[]): void {
  const first = day[0]
  const isGapless = first !== undefined && day.every((period, index) => period === deliveryPeriod(first + index))
  if (isGapless && LENGTHS_OF_DAY.includes(day.length)) return
  throw new DomainError(
    'isp-day-invalid',
    `a local day has 92, 96 or 100 delivery periods in a row, and not ${day.length}`,
  )
}

function outOfBounds(message: string, details: Readonly<Record<string, unknown>>): DomainError {
  return new DomainError('isp-out-of-bounds', message, details)
}
