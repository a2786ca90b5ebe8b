import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { localCalendarOf, parseLocalDay, type LocalCalendar } from '../domain/flexibility/baseline/local-calendar.ts'
import { deliveryPeriodAt, SECONDS_PER_DAY } from '../domain/units.ts'

const schema = z.object({
  COMMONWATT_TIME_ZONE: z.string().min(1).default('UTC'),
  COMMONWATT_PUBLIC_HOLIDAYS: z.string().default(''),
})

/** Days before and after now that the calendar covers: what baselines look back, and how long a process runs. */
const DAYS_BEFORE = 400
const DAYS_AFTER = 1_100

/**
 * The local days of the grid, by the time zone and the public holidays that the environment names.
 * Throws `configuration-invalid`, `time-zone-unknown`, `time-zone-unsupported` or `local-day-invalid`.
 * @param now Unix seconds.
 */
export function readGridCalendar(now: number, environment: NodeJS.ProcessEnv = process.env): LocalCalendar {
  const parsed = schema.safeParse(environment)
  if (!parsed.success) {
    throw new DomainError('configuration-invalid', 'COMMONWATT_TIME_ZONE must be a time zone such as Europe/Berlin')
  }
  const { COMMONWATT_TIME_ZONE: timeZone, COMMONWATT_PUBLIC_HOLIDAYS: holidays } = parsed.data
  return localCalendarOf({
    timeZone,
    publicHolidays: holidays
      .split(',')
      .filter((day) => day !== '')
      .map((day) => parseLocalDay(day.trim())),
    firstPeriod: deliveryPeriodAt(Math.max(0, now - DAYS_BEFORE * SECONDS_PER_DAY)),
    lastPeriod: deliveryPeriodAt(now + DAYS_AFTER * SECONDS_PER_DAY),
  })
}
