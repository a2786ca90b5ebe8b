import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, startOf } from '../../units.ts'
import { berlin, periodAtUtc, periodOn } from '../flows-for-test.ts'
import {
  coversDay,
  dayTypeOf,
  localCalendarOf,
  localDayAfter,
  localDayOf,
  localQuarterHourOf,
  parseLocalDay,
  periodAt,
  periodsOfLocalDay,
  type LocalCalendar,
} from './local-calendar.ts'

const calendarIn = (timeZone: string, from = '2026-01-01T00:00:00Z', to = '2027-01-01T00:00:00Z'): LocalCalendar =>
  localCalendarOf({ timeZone, publicHolidays: [], firstPeriod: periodAtUtc(from), lastPeriod: periodAtUtc(to) })

const utcOf = (period: ReturnType<typeof deliveryPeriod>) =>
  new Date(startOf(period) * 1_000).toISOString().slice(0, 16)
const day = parseLocalDay

describe('a local calendar', () => {
  test('is data: the offset at first, and every change of the clocks', () => {
    expect(calendarIn('Europe/Berlin').offsets).toEqual([
      { from: periodAtUtc('2026-01-01T00:00:00Z'), quarters: 4 },
      { from: periodAtUtc('2026-03-29T01:00:00Z'), quarters: 8 },
      { from: periodAtUtc('2026-10-25T01:00:00Z'), quarters: 4 },
    ])
    expect(calendarIn('Asia/Kathmandu').offsets.map(({ quarters }) => quarters)).toEqual([23])
    expect(calendarIn('America/St_Johns').offsets.map(({ quarters }) => quarters)).toEqual([-14, -10, -14])
    expect(calendarIn('UTC').offsets.map(({ quarters }) => quarters)).toEqual([0])
  })

  test.each([
    ['2026-03-29', 92],
    ['2026-06-15', 96],
    ['2026-10-25', 100],
  ])('has on %s %d periods', (date, count) => {
    const periods = periodsOfLocalDay(berlin, day(date))
    expect(periods).toHaveLength(count)
    expect(new Set(periods.map((period) => localDayOf(berlin, period)))).toEqual(new Set([date]))
  })

  test('has half an hour more where clocks are changed by half an hour', () => {
    const lordHowe = calendarIn('Australia/Lord_Howe')
    expect(periodsOfLocalDay(lordHowe, day('2026-04-05'))).toHaveLength(98)
    expect(periodsOfLocalDay(lordHowe, day('2026-10-04'))).toHaveLength(94)
  })

  test('takes of a quarter-hour that exists twice the first one', () => {
    expect(utcOf(periodOn('2026-10-25', '02:15'))).toBe('2026-10-25T00:15')
    expect(utcOf(periodOn('2026-10-25', '03:00'))).toBe('2026-10-25T02:00')
    expect(localQuarterHourOf(berlin, periodAtUtc('2026-10-25T01:15:00Z'))).toEqual({ day: '2026-10-25', quarter: 9 })
  })

  test('takes for a quarter-hour that the clock skips the one that comes an hour later', () => {
    expect(utcOf(periodOn('2026-03-29', '02:15'))).toBe('2026-03-29T01:15')
    expect(localQuarterHourOf(berlin, periodOn('2026-03-29', '02:15'))).toEqual({ day: '2026-03-29', quarter: 13 })
    expect(periodOn('2026-03-29', '03:15')).toBe(periodOn('2026-03-29', '02:15'))
  })

  test.each(['Europe/Berlin', 'America/Los_Angeles', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca'])(
    'leads in %s from a period to the clock on the wall and back, or to the first that shows the same',
    (timeZone) => {
      const calendar = calendarIn(timeZone)
      const within = fc.integer({ min: calendar.firstPeriod + 200, max: calendar.lastPeriod - 200 }).map(deliveryPeriod)
      const nearChange = fc
        .tuple(fc.constantFrom(...calendar.offsets.slice(1), calendar.offsets.at(-1)!), fc.integer({ min: -9, max: 9 }))
        .map(([{ from }, distance]) => deliveryPeriod(from + distance))
        .filter((period) => period > calendar.firstPeriod + 200)
      fc.assert(
        fc.property(calendar.offsets.length > 1 ? fc.oneof(within, nearChange) : within, (period) => {
          const found = periodAt(calendar, localQuarterHourOf(calendar, period))
          expect(found <= period && period - found <= 4).toBe(true)
          expect(localQuarterHourOf(calendar, found)).toEqual(localQuarterHourOf(calendar, period))
        }),
      )
    },
  )

  test('knows weekends and public holidays from working days', () => {
    const types = ['2026-04-03', '2026-04-04', '2026-04-05', '2026-04-06', '2026-04-07'].map((date) =>
      dayTypeOf(berlin, day(date)),
    )
    expect(types).toEqual(['working-day', 'day-off', 'day-off', 'day-off', 'working-day'])
  })

  test('counts days over the ends of months and years', () => {
    expect(localDayAfter(day('2026-12-31'), 1)).toBe('2027-01-01')
    expect(localDayAfter(day('2028-03-01'), -1)).toBe('2028-02-29')
  })

  test('refuses a period that it does not cover', () => {
    expect(() => localDayOf(berlin, deliveryPeriod(berlin.lastPeriod + 1))).toThrow(
      expect.objectContaining({ code: 'period-outside-calendar' }),
    )
    expect(() => periodOn('2024-01-01', '00:00')).toThrow(expect.objectContaining({ code: 'period-outside-calendar' }))
    expect(
      ['2025-07-01', '2025-07-02', '2027-06-30', '2027-07-01'].map((date) => coversDay(berlin, day(date))),
    ).toEqual([false, true, true, false])
  })

  test.each(['2026-02-29', '2026-13-01', '26-01-01', '2026-01-01T00:00:00Z', ''])('takes no day %s', (value) => {
    expect(() => parseLocalDay(value)).toThrow(expect.objectContaining({ code: 'local-day-invalid' }))
  })

  test('refuses a time zone that it does not know, and one that keeps to no quarter-hours', () => {
    expect(() => calendarIn('Europe/Entenhausen')).toThrow(expect.objectContaining({ code: 'time-zone-unknown' }))
    expect(() => calendarIn('Africa/Monrovia', '1970-01-01T00:00:00Z', '1970-02-01T00:00:00Z')).toThrow(
      expect.objectContaining({ code: 'time-zone-unsupported' }),
    )
  })
})
