import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, powerW, signedW, signedWh, type DeliveryPeriod, type SignedWh } from '../../units.ts'
import { localCalendarOf } from '../baseline/local-calendar.ts'
import { afterCalls, forecastPoint, loadingOf, withoutCalls, type PointConnection } from './point-forecast.ts'

const DAY = 96
const FIRST = 20_000 * DAY
const calendar = localCalendarOf({
  timeZone: 'UTC',
  publicHolidays: [],
  firstPeriod: deliveryPeriod(FIRST - 40 * DAY),
  lastPeriod: deliveryPeriod(FIRST + 90 * DAY),
})
const at = (day: number, quarter: number) => deliveryPeriod(FIRST + day * DAY + quarter)
const flows = (entries: readonly (readonly [DeliveryPeriod, number])[]): ReadonlyMap<DeliveryPeriod, SignedWh> =>
  new Map(entries.map(([period, energy]) => [period, signedWh(BigInt(energy))]))
const connection = (known: Partial<PointConnection>): PointConnection => ({
  ...{ effectPpm: 1_000_000, named: new Map(), metered: new Map() },
  ...known,
})
const facts = (connections: readonly PointConnection[]) => ({
  ...{ calendar, connections, past: [], riskPermille: 50, marginW: powerW(100n) },
  periods: [at(1, 40)],
  knownUntil: at(0, 95),
})

describe('forecastPoint', () => {
  test('adds what homes say to what the others took the day before, by their effect', () => {
    const forecast = forecastPoint(
      facts([
        connection({ named: flows([[at(1, 40), 500]]), metered: flows([[at(0, 40), 9_000]]) }),
        connection({ effectPpm: 500_000, named: flows([[at(1, 40), -100]]) }),
        connection({ metered: flows([[at(0, 40), 250]]) }),
      ]),
    )
    // 2,000 W - 200 W + 1,000 W, and the margin while nothing is known of errors.
    expect(forecast).toEqual([{ period: at(1, 40), expected: 2_800n, low: 2_700n, high: 2_900n, errors: 0 }])
  })

  test('takes the margin from past errors once there are enough', () => {
    const past = Array.from({ length: 19 }, (_, index) => ({
      period: deliveryPeriod(at(0, 40) - index * DAY),
      forecast: signedW(1_000n),
      realised: signedW(BigInt(1_000 + 10 * index)),
    }))
    const [forecast] = forecastPoint({ ...facts([connection({ named: flows([[at(1, 40), 250]]) })]), past })
    expect(forecast).toEqual({ period: at(1, 40), expected: 1_000n, low: 1_000n, high: 1_180n, errors: 19 })
  })

  test('counts a home by its meter where what it says leaves a period out', () => {
    const partly = connection({
      named: flows([[at(1, 40), 1]]),
      metered: flows([
        [at(0, 40), 25],
        [at(0, 41), 50],
      ]),
    })
    const forecast = forecastPoint({ ...facts([partly]), periods: [at(1, 40), at(1, 41)] })
    expect(forecast.map(({ expected }) => expected)).toEqual([100n, 200n])
  })

  test('says where there is nothing to go by, and leaves out a home that was never measured', () => {
    const withoutHistory = expect.objectContaining({ code: 'forecast-without-history' }) as unknown as Error
    expect(() => forecastPoint(facts([connection({ metered: flows([[at(0, 41), 1]]) })]))).toThrow(withoutHistory)
    expect(() => forecastPoint(facts([connection({})]))).toThrow(withoutHistory)
    const known = connection({ metered: flows([[at(0, 40), 250]]) })
    expect(forecastPoint(facts([known, connection({})]))[0]!.expected).toBe(1_000n)
  })
})

describe('loadingOf', () => {
  test('leaves out a period in which one of the connections was not measured', () => {
    const one = connection({
      metered: flows([
        [at(0, 0), 10],
        [at(0, 1), 20],
      ]),
    })
    const other = connection({ effectPpm: 500_000, metered: flows([[at(0, 1), 30]]) })
    expect([...loadingOf([one, other])]).toEqual([[at(0, 1), 35n]])
  })
})

describe('afterCalls', () => {
  test('is undone by withoutCalls', () => {
    const call = fc.record({
      period: fc.constant(at(0, 0)),
      power: fc.bigInt(-50_000n, 50_000n).map(signedW),
      effectPpm: fc.integer({ min: 1, max: 1_000_000 }),
    })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 5 }), fc.bigInt(-9_999n, 9_999n), (calls, energy) => {
        const expected = signedW(energy * 4n)
        const [after] = afterCalls([{ period: at(0, 0), expected, low: expected, high: expected }], calls)
        const back = withoutCalls(new Map([[at(0, 0), signedWh(energy)]]), calls).get(at(0, 0))!
        expect(after!.expected + back).toBe(2n * expected)
      }),
    )
  })

  test('lowers the loading by what was ordered, and raises it by the rebound', () => {
    const forecast = (quarter: number) => ({
      period: at(0, quarter),
      expected: signedW(10n),
      low: signedW(0n),
      high: signedW(20n),
    })
    const after = afterCalls(
      [forecast(0), forecast(1)],
      [
        { period: at(0, 0), power: signedW(-7n), effectPpm: 1_000_000 },
        { period: at(0, 1), power: signedW(5n), effectPpm: 1_000_000 },
      ],
    )
    expect(after.map(({ low, high }) => [low, high])).toEqual([
      [-7n, 13n],
      [5n, 25n],
    ])
  })
})
