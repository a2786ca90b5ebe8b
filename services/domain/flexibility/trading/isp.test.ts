import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, deliveryPeriodAt, startOf, type DeliveryPeriod } from '../../units.ts'
import { localCalendarOf, parseLocalDay, periodsOfLocalDay } from '../baseline/local-calendar.ts'
import { ispsOfPeriods, periodsOfIsps, requireIspDuration, requireTimeZone, type IspRange } from './isp.ts'

const FIRST = 1_979_468
const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const dayOf = (length: number): DeliveryPeriod[] => Array.from({ length }, (_, index) => deliveryPeriod(FIRST + index))
const periods = (length: number, ...ranges: IspRange[]) =>
  periodsOfIsps(dayOf(length), ranges).map(({ period }) => period - FIRST)

describe('periodsOfIsps', () => {
  test('counts ISPs from 1, and a range for each period of it', () => {
    expect(periods(96, { start: 1, duration: 2 }, { start: 96, duration: 1 })).toEqual([0, 1, 95])
  })

  test.each([92, 96, 100])('knows a day of %i ISPs, and none beyond it', (length) => {
    expect(periods(length, { start: 1, duration: length })).toHaveLength(length)
    expect(() => periods(length, { start: length, duration: 2 })).toThrow(withCode('isp-out-of-bounds'))
    expect(() => periods(length, { start: length + 1, duration: 1 })).toThrow(withCode('isp-out-of-bounds'))
  })

  test.each([
    ['2026-03-29', 92],
    ['2026-06-01', 96],
    ['2026-10-25', 100],
  ])('counts the ISPs of %s in Amsterdam', (day, count) => {
    const calendar = localCalendarOf({
      timeZone: 'Europe/Amsterdam',
      publicHolidays: [],
      firstPeriod: deliveryPeriodAt(Date.parse('2026-01-01T00:00:00Z') / 1_000),
      lastPeriod: deliveryPeriodAt(Date.parse('2026-12-31T00:00:00Z') / 1_000),
    })
    const periodsOfDay = periodsOfLocalDay(calendar, parseLocalDay(day))
    const found = periodsOfIsps(periodsOfDay, [{ start: 1, duration: count }]).map(({ period }) => period)
    expect(found).toEqual(periodsOfDay)
    expect(startOf(found[0]!)).toBe(
      Date.parse(`${day}T00:00:00${count === 96 || count === 100 ? '+02:00' : '+01:00'}`) / 1_000,
    )
  })

  test.each([
    ['ISP 0', { start: 0, duration: 1 }],
    ['a duration of 0', { start: 1, duration: 0 }],
    ['half an ISP', { start: 1.5, duration: 1 }],
  ])('refuses %s', (_, range) => {
    expect(() => periods(96, range)).toThrow(withCode('isp-out-of-bounds'))
  })

  test('refuses no ISP at all, and one that is named twice', () => {
    expect(() => periods(96)).toThrow(withCode('isp-out-of-bounds'))
    expect(() => periods(96, { start: 1, duration: 4 }, { start: 2, duration: 1 })).toThrow(withCode('isp-conflict'))
  })

  test('refuses a day that no clock has', () => {
    for (const length of [0, 91, 95, 104]) {
      expect(() => periods(length, { start: 1, duration: 1 })).toThrow(withCode('isp-day-invalid'))
    }
    expect(() =>
      periodsOfIsps(
        dayOf(97).filter((_, index) => index !== 50),
        [{ start: 1, duration: 1 }],
      ),
    ).toThrow(withCode('isp-day-invalid'))
  })
})

describe('ispsOfPeriods', () => {
  test('joins neighbours of equal values, and no others', () => {
    const at = (offset: number, value: bigint) => ({ period: deliveryPeriod(FIRST + offset), value })
    expect(ispsOfPeriods(dayOf(96), [at(5, 7n), at(4, 7n), at(6, 8n), at(9, 8n)])).toEqual([
      { start: 5, duration: 2, value: 7n },
      { start: 7, duration: 1, value: 8n },
      { start: 10, duration: 1, value: 8n },
    ])
  })

  test('refuses a period of another day', () => {
    expect(() => ispsOfPeriods(dayOf(92), [{ period: deliveryPeriod(FIRST + 92), value: 1n }])).toThrow(
      withCode('isp-out-of-bounds'),
    )
  })

  test('says the same as the periods, whatever they are', () => {
    const values = fc.array(fc.option(fc.bigInt(0n, 2n), { nil: null }), { minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(values, (list) => {
        const items = list.flatMap((value, offset) =>
          value === null ? [] : [{ period: deliveryPeriod(FIRST + offset), value }],
        )
        fc.pre(items.length > 0)
        const ranges = ispsOfPeriods(dayOf(100), items)
        const back = periodsOfIsps(dayOf(100), ranges).map(({ period, range }) => ({ period, value: range.value }))
        expect(back).toEqual(items)
      }),
    )
  })
})

describe('requireIspDuration and requireTimeZone', () => {
  test('take the quarter-hour and the agreed time zone alone', () => {
    expect(() => requireIspDuration('PT15M')).not.toThrow()
    expect(() => requireIspDuration('PT30M')).toThrow(withCode('isp-duration-rejected'))
    expect(() => requireTimeZone('Europe/Amsterdam', 'Europe/Amsterdam')).not.toThrow()
    expect(() => requireTimeZone('Europe/London', 'Europe/Amsterdam')).toThrow(withCode('time-zone-rejected'))
  })
})
