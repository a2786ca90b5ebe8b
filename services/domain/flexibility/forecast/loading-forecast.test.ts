import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, deliveryPeriodAt, signedW, signedWh, type DeliveryPeriod } from '../../units.ts'
import { localCalendarOf } from '../baseline/local-calendar.ts'
import { errorQuantileOf, quantileOf, type PastForecast } from './forecast-error.ts'
import { forecastLoading, pastForecastsOf, persistenceOf, type Loading } from './loading-forecast.ts'

const DAY = 96
const FIRST = 20_000 * DAY
const withCode = (code: string) => expect.objectContaining({ code }) as unknown
/** So many days from the first on. */
const loadingOf = (days: number, energyOf: (day: number, quarter: number) => number): Loading =>
  new Map(
    Array.from({ length: days * DAY }, (_, index) => [
      deliveryPeriod(FIRST + index),
      signedWh(BigInt(energyOf(Math.floor(index / DAY), index % DAY))),
    ]),
  )
const calendarOf = (timeZone: string) =>
  localCalendarOf({
    timeZone,
    publicHolidays: [],
    firstPeriod: deliveryPeriod(FIRST - 40 * DAY),
    lastPeriod: deliveryPeriod(FIRST + 90 * DAY),
  })
const UTC = calendarOf('UTC')
const persistenceAt = (loading: Loading, period: DeliveryPeriod, knownUntil: DeliveryPeriod) =>
  persistenceOf({ calendar: UTC, knownUntil }, loading, period)
const at = (day: number, quarter: number) => deliveryPeriod(FIRST + day * DAY + quarter)

describe('persistenceOf', () => {
  test('is the same quarter-hour’s mean of the last five days, as power', () => {
    const loading = loadingOf(7, (day, quarter) => (quarter === 40 ? day * 100 : 0))
    // Days 2 to 6: 400 Wh in the mean are 1,600 W.
    expect(persistenceAt(loading, at(7, 40), at(6, 95))).toBe(1_600n)
    expect(persistenceAt(loading, at(7, 41), at(6, 95))).toBe(0n)
  })

  test('uses nothing that was not known yet, and passes over days that are missing', () => {
    const loading = new Map(loadingOf(7, (day) => day * 100))
    expect(persistenceAt(loading, at(7, 40), at(6, 39))).toBe(1_200n)
    loading.delete(at(5, 40))
    expect(persistenceAt(loading, at(7, 40), at(6, 39))).toBe(800n)
  })

  test('persists at what it always was, whatever that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_999, max: 9_999 }), fc.integer({ min: 0, max: 95 }), (energy, quarter) => {
        expect(
          persistenceAt(
            loadingOf(3, () => energy),
            at(3, quarter),
            at(2, 95),
          ),
        ).toBe(BigInt(energy) * 4n)
      }),
    )
  })

  test('goes by the clock on the wall where it is changed', () => {
    // Clocks in Amsterdam are put forward on 2024-03-31: from then on six in the evening is an hour earlier in UTC.
    const amsterdam = localCalendarOf({
      timeZone: 'Europe/Amsterdam',
      publicHolidays: [],
      firstPeriod: deliveryPeriodAt(Date.parse('2024-03-01T00:00:00Z') / 1_000),
      lastPeriod: deliveryPeriodAt(Date.parse('2024-04-30T00:00:00Z') / 1_000),
    })
    const peak = (time: string) => deliveryPeriodAt(Date.parse(time) / 1_000)
    const loading: Loading = new Map([[peak('2024-03-30T18:00:00+01:00'), signedWh(900n)]])
    const knownUntil = peak('2024-03-30T23:45:00+01:00')
    expect(persistenceOf({ calendar: amsterdam, knownUntil }, loading, peak('2024-03-31T18:00:00+02:00'))).toBe(3_600n)
  })

  test('refuses to guess without history, and knows nothing of nobody', () => {
    expect(() =>
      persistenceAt(
        loadingOf(1, () => 1),
        at(60, 0),
        at(59, 95),
      ),
    ).toThrow(withCode('forecast-without-history'))
    expect(persistenceAt(new Map(), at(1, 0), at(0, 95))).toBe(0n)
  })
})

const past = (errors: readonly number[], quarter = 40): PastForecast[] =>
  errors.map((error, day) => ({
    period: at(day, quarter),
    forecast: signedW(1_000n),
    realised: signedW(BigInt(1_000 + error)),
  }))

describe('quantileOf', () => {
  test('is the ceil((n + 1) q)-th smallest, and mirrored below a half', () => {
    const errors = Array.from({ length: 19 }, (_, index) => BigInt(index + 1))
    expect(quantileOf(errors, 950)).toBe(19n)
    expect(quantileOf(errors, 900)).toBe(18n)
    expect(quantileOf(errors, 500)).toBe(10n)
    expect(quantileOf(errors, 50)).toBe(1n)
    expect(quantileOf(errors, 100)).toBe(2n)
    expect(quantileOf(errors.slice(1), 950)).toBeNull()
    expect(() => quantileOf(errors, 0)).toThrow(RangeError)
  })

  test('is exceeded by no more of the values than it says, each beside all the others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(-50n, 50n), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 500, max: 999 }),
        (values, permille) => {
          const exceeded = values.filter((value, index) => {
            const quantile = quantileOf(values.toSpliced(index, 1), permille)
            return quantile !== null && value > quantile
          })
          expect(exceeded.length * 1_000).toBeLessThanOrEqual(values.length * (1_000 - permille))
        },
      ),
    )
  })

  test('of the lower side is that of the mirrored values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(-50n, 50n), { maxLength: 40 }),
        fc.integer({ min: 501, max: 999 }),
        (values, permille) => {
          const mirrored = quantileOf(
            values.map((value) => -value),
            permille,
          )
          expect(quantileOf(values, 1_000 - permille)).toBe(mirrored === null ? null : -mirrored)
        },
      ),
    )
  })
})

describe('errorQuantileOf', () => {
  test('takes errors of about the same time of the day, also over midnight', () => {
    const list = [
      ...past(
        Array.from({ length: 30 }, () => 100),
        95,
      ),
      ...past(
        Array.from({ length: 30 }, () => 900),
        40,
      ),
    ]
    expect(errorQuantileOf(list, at(31, 2), 900)).toEqual({ error: 100n, count: 30 })
    expect(errorQuantileOf(list, at(31, 38), 900)).toEqual({ error: 900n, count: 30 })
  })

  test('looks farther around where there are too few, and gives up where there are none', () => {
    const list = [
      ...past([10, 20], 40),
      ...past(
        Array.from({ length: 30 }, () => 500),
        60,
      ),
    ]
    expect(errorQuantileOf(list, at(31, 40), 900)).toEqual({ error: 500n, count: 32 })
    expect(() => errorQuantileOf(past([10, 20]), at(31, 40), 900)).toThrow(withCode('forecast-without-errors'))
  })
})

describe('forecastLoading', () => {
  test('adds what portfolios nominate to what the rest usually does, with what such forecasts missed by', () => {
    const period = at(7, 40)
    const facts = {
      calendar: UTC,
      periods: [period],
      prognoses: [[{ period, power: signedW(5_000n) }], [{ period, power: signedW(-2_000n) }]],
      rest: loadingOf(7, () => 250),
      knownUntil: at(6, 95),
      past: past(Array.from({ length: 19 }, (_, index) => index * 10)),
      quantilesPermille: [50, 950],
    }
    expect(forecastLoading(facts)).toEqual([{ period, expected: 4_000n, quantiles: [4_000n, 4_180n], errors: 19 }])
  })

  test('has no errors where what came was always the same', () => {
    const loading = loadingOf(20, (_, quarter) => quarter * 10)
    const periods = [...loading.keys()].slice(-10 * DAY)
    const missed = pastForecastsOf(UTC, loading, periods, DAY)
    expect(missed).toHaveLength(10 * DAY)
    expect(missed.every(({ forecast, realised }) => forecast === realised)).toBe(true)
  })

  test('makes past forecasts only of periods with a history, as far ahead as they would have been', () => {
    const loading = loadingOf(4, (day) => day * 100)
    const firsts: DeliveryPeriod[] = [at(0, 0), at(1, 0), at(2, 0), at(3, 0)]
    const forecastsAt = (lead: number) => pastForecastsOf(UTC, loading, firsts, lead).map(({ forecast }) => forecast)
    expect(forecastsAt(1)).toEqual([0n, 200n, 400n])
    expect(forecastsAt(DAY + 1)).toEqual([0n, 200n])
  })
})
