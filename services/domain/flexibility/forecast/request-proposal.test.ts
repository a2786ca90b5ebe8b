import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, powerW, rate, signedW } from '../../units.ts'
import type { CongestionPoint } from '../trading/congestion-point.ts'
import { CONGESTION_POINT, FIRST, requestOf } from '../trading/flex-trade-for-test.ts'
import { needOf, requireFlexRequest } from '../trading/flex-request.ts'
import { proposeRequests, quantilesOfRisk, type RiskForecast } from './request-proposal.ts'

const point: CongestionPoint = {
  ...{ address: CONGESTION_POINT, consumption: powerW(100_000n), feedIn: powerW(80_000n) },
  limits: [
    {
      firstPeriod: deliveryPeriod(FIRST + 3),
      lastPeriod: deliveryPeriod(FIRST + 3),
      consumption: powerW(50_000n),
      feedIn: powerW(80_000n),
    },
  ],
}
const forecast = (offset: number, low: bigint, high: bigint): RiskForecast => ({
  period: deliveryPeriod(FIRST + offset),
  low: signedW(low),
  high: signedW(high),
})

describe('proposeRequests', () => {
  test('asks for what is above the capacity, rounded up, and tells the room of the other periods, rounded down', () => {
    const forecasts = [forecast(0, 60_000n, 112_300n), forecast(1, 20_000n, 90_500n), forecast(3, 10_000n, 60_000n)]
    expect(proposeRequests(point, forecasts, 1_000n)).toEqual([
      {
        direction: 'consume-less',
        periods: [
          { period: FIRST, disposition: 'requested', minPower: -13_000n, maxPower: 0n },
          { period: FIRST + 1, disposition: 'available', minPower: -100_000n, maxPower: 9_000n },
          { period: FIRST + 3, disposition: 'requested', minPower: -10_000n, maxPower: 0n },
        ],
      },
    ])
  })

  test('asks for more consumption where too much is fed in, apart from what is needed the other way', () => {
    const proposals = proposeRequests(point, [forecast(0, -95_000n, 0n), forecast(1, 50_000n, 130_000n)], 1_000n)
    expect(proposals.map(({ direction }) => direction)).toEqual(['consume-less', 'consume-more'])
    expect(proposals[0]!.periods[0]).toEqual({
      period: FIRST,
      disposition: 'available',
      minPower: 0n,
      maxPower: 100_000n,
    })
    expect(proposals[1]!.periods).toEqual([
      { period: FIRST, disposition: 'requested', minPower: 0n, maxPower: 15_000n },
      { period: FIRST + 1, disposition: 'available', minPower: -130_000n, maxPower: 0n },
    ])
  })

  test('proposes nothing where nothing is overloaded', () => {
    expect(proposeRequests(point, [forecast(0, -80_000n, 100_000n)], 1_000n)).toEqual([])
    expect(proposeRequests(point, [], 1_000n)).toEqual([])
  })

  test('makes requests by the rules, after which the quantiles are within the capacity', () => {
    const powers = fc.bigInt(-200_000n, 200_000n)
    const forecasts = fc
      .array(fc.tuple(powers, powers), { minLength: 1, maxLength: 20 })
      .map((list) =>
        list.map(([one, other], offset) => forecast(offset + 4, one < other ? one : other, one < other ? other : one)),
      )
    fc.assert(
      fc.property(forecasts, fc.bigInt(1n, 5_000n), (list, step) => {
        for (const { direction, periods } of proposeRequests(point, list, step)) {
          expect(() => requireFlexRequest(requestOf({ periods, priceCap: rate(1n) }))).not.toThrow()
          periods.forEach((requested, index) => {
            const { low, high } = list[index]!
            const need = needOf(requested)
            if (need !== null) {
              expect(need.direction).toBe(direction)
              if (direction === 'consume-less') expect(high - need.power <= 100_000n).toBe(true)
              else expect(low + need.power >= -80_000n).toBe(true)
              expect(need.power % step).toBe(0n)
              return
            }
            if (high <= 100_000n) expect(high + requested.maxPower <= 100_000n).toBe(true)
            if (low >= -80_000n) expect(low + requested.minPower >= -80_000n).toBe(true)
          })
        }
      }),
    )
  })

  test('refuses a step of nothing', () => {
    expect(() => proposeRequests(point, [], 0n)).toThrow(RangeError)
  })
})

describe('quantilesOfRisk', () => {
  test('asks for both ends', () => {
    expect(quantilesOfRisk(50)).toEqual([50, 950])
    for (const risk of [0, 500, 0.5]) {
      expect(() => quantilesOfRisk(risk)).toThrow(expect.objectContaining({ code: 'risk-invalid' }))
    }
  })
})
