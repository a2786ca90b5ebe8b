import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../../units.ts'
import { capacityAt, parseCongestionPoint } from './congestion-point.ts'
import { CONGESTION_POINT, FIRST } from './flex-trade-for-test.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown

describe('congestion points', () => {
  const limit = (first: number, last: number) => ({
    firstPeriod: FIRST + first,
    lastPeriod: FIRST + last,
    consumptionW: '50000',
    feedInW: '60000',
  })
  const json = {
    address: CONGESTION_POINT,
    consumptionW: '100000',
    feedInW: '80000',
    limits: [limit(2, 3), limit(4, 4)],
  }

  test('carry their capacity, and their limit where there is one', () => {
    const point = parseCongestionPoint(json)
    const at = (offset: number) => capacityAt(point, deliveryPeriod(FIRST + offset))
    expect(at(1)).toEqual({ consumption: 100_000n, feedIn: 80_000n })
    expect([2, 3, 4].map(at)).toEqual(Array(3).fill({ consumption: 50_000n, feedIn: 60_000n }))
    expect(at(5)).toEqual({ consumption: 100_000n, feedIn: 80_000n })
  })

  test('refuse limits that overlap or end before they start', () => {
    for (const limits of [[limit(2, 3), limit(3, 4)], [limit(3, 2)], [limit(4, 4), limit(2, 3)]]) {
      expect(() => parseCongestionPoint({ ...json, limits })).toThrow(withCode('congestion-point-invalid'))
    }
  })
})
