import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh } from '../units.ts'
import { correctedReadingOf, estimatedReadingOf, periodReadingOf } from './estimation.ts'
import type { MeterReading } from './meter-reading.ts'
import { periodEnergyOf, type PeriodEnergy } from './period-energy.ts'

function reading(period: number, importWh: bigint, exportWh: bigint, sequence = period): MeterReading {
  return {
    deliveryPeriod: deliveryPeriod(period),
    sequence,
    importRegister: energyWh(importWh),
    exportRegister: energyWh(exportWh),
  }
}
const energy = (imported: bigint, exported: bigint): PeriodEnergy => ({
  imported: energyWh(imported),
  exported: energyWh(exported),
})
const energyOf = (period: number, readings: readonly MeterReading[]) => {
  const known = periodReadingOf(3, deliveryPeriod(period), readings)
  return known === null ? null : periodEnergyOf(known)
}

describe('periodReadingOf', () => {
  const readings = [reading(9, 100n, 20n), reading(10, 350n, 25n), reading(12, 400n, 25n)]

  test('takes the registers at the end of the period before and at its own end', () => {
    const known = periodReadingOf(3, deliveryPeriod(10), readings)
    expect(known).toEqual({
      memberId: 3,
      period: 10,
      importStart: 100n,
      importEnd: 350n,
      exportStart: 20n,
      exportEnd: 25n,
      quality: 'metered',
    })
    expect(known && periodEnergyOf(known)).toEqual({ imported: 250n, exported: 5n })
  })

  test('is unknown where either end is missing, rather than zero', () => {
    expect(periodReadingOf(3, deliveryPeriod(9), readings)).toBeNull()
    expect(periodReadingOf(3, deliveryPeriod(13), readings)).toBeNull()
    expect(periodReadingOf(3, deliveryPeriod(10), [])).toBeNull()
  })

  test('is unknown where the meter left a number out: its registers went on without it', () => {
    const interrupted = [reading(9, 100n, 20n), reading(10, 100n, 20n, 11)]
    expect(periodReadingOf(3, deliveryPeriod(10), interrupted)).toBeNull()
    expect(periodReadingOf(3, deliveryPeriod(11), readings)).toBeNull()
  })

  test('spreads 10 Wh over three missing quarter-hours as 3, 3 and 4', () => {
    const gap = [reading(9, 100n, 20n, 5), reading(12, 110n, 20n, 6)]
    expect([10, 11, 12].map((period) => energyOf(period, gap))).toEqual([
      energy(3n, 0n),
      energy(3n, 0n),
      energy(4n, 0n),
    ])
    expect(periodReadingOf(3, deliveryPeriod(11), gap)).toMatchObject({ importStart: 103n, quality: 'estimated' })
  })

  test('conserves what the registers advanced, in every gap, and is never negative nor uneven by more than 1 Wh', () => {
    const wh = fc.bigInt({ min: 0n, max: 10n ** 15n })
    const gaps = fc.record({
      length: fc.integer({ min: 1, max: 700 }),
      start: fc.tuple(wh, wh),
      total: fc.tuple(wh, wh),
    })
    fc.assert(
      fc.property(gaps, ({ length, start, total }) => {
        const ends = [
          reading(50, start[0], start[1], 8),
          reading(50 + length, start[0] + total[0], start[1] + total[1], 9),
        ]
        const spread = Array.from({ length }, (_, index) =>
          periodReadingOf(1, deliveryPeriod(51 + index), ends.toReversed())!,
        )
        expect(spread[0]).toMatchObject({ importStart: start[0], exportStart: start[1] })
        expect(spread.at(-1)).toMatchObject({ importEnd: start[0] + total[0], exportEnd: start[1] + total[1] })
        for (const [index, one] of spread.entries()) {
          const { imported, exported } = periodEnergyOf(one)
          expect(imported - total[0] / BigInt(length)).toBeOneOf([0n, 1n])
          expect(exported - total[1] / BigInt(length)).toBeOneOf([0n, 1n])
          if (index > 0) expect(one.importStart).toBe(spread[index - 1]?.importEnd)
          expect(one.quality).toBe(length === 1 ? 'metered' : 'estimated')
        }
      }),
    )
  })
})

describe('estimatedReadingOf', () => {
  const start = { import: energyWh(1_000n), export: energyWh(50n) }

  test('is the mean of the same quarter-hour, rounded down, on from where the last leaf ended', () => {
    const profile = [energy(100n, 3n), energy(101n, 0n)]
    expect(estimatedReadingOf(3, deliveryPeriod(10), start, profile)).toEqual({
      memberId: 3,
      period: 10,
      importStart: 1_000n,
      importEnd: 1_100n,
      exportStart: 50n,
      exportEnd: 51n,
      quality: 'estimated',
    })
  })

  test('is zero where no earlier day is known', () => {
    const estimate = estimatedReadingOf(3, deliveryPeriod(10), start, [])
    expect(periodEnergyOf(estimate)).toEqual({ imported: 0n, exported: 0n })
  })

  test('takes seven days at most', () => {
    const days = Array.from({ length: 8 }, () => energy(1n, 1n))
    expect(() => estimatedReadingOf(3, deliveryPeriod(10), start, days)).toThrow(RangeError)
  })

  test('stays between the least and the most that was metered, whatever the order of the days', () => {
    const wh = fc.bigInt({ min: 0n, max: 10n ** 9n })
    const profiles = fc.array(fc.tuple(wh, wh), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(profiles, (pairs) => {
        const profile = pairs.map(([imported, exported]) => energy(imported, exported))
        const estimate = estimatedReadingOf(3, deliveryPeriod(10), start, profile)
        expect(estimatedReadingOf(3, deliveryPeriod(10), start, profile.toReversed())).toEqual(estimate)
        const { imported, exported } = periodEnergyOf(estimate)
        const sorted = (values: bigint[]) => values.toSorted((one, other) => (one < other ? -1 : 1))
        const imports = sorted(pairs.map(([value]) => value))
        const exports = sorted(pairs.map(([, value]) => value))
        expect(imported >= imports[0]! && imported <= imports.at(-1)!).toBe(true)
        expect(exported >= exports[0]! && exported <= exports.at(-1)!).toBe(true)
      }),
    )
  })
})

describe('correctedReadingOf', () => {
  const start = { import: energyWh(100n), export: energyWh(20n) }
  const estimate = estimatedReadingOf(3, deliveryPeriod(10), start, [energy(500n, 0n)])

  test('puts the meter’s own registers in the place of an estimate once a late reading is there', () => {
    const late = [reading(9, 100n, 20n, 5), reading(10, 130n, 20n, 6)]
    expect(correctedReadingOf(estimate, late)).toMatchObject({ importEnd: 130n, quality: 'metered' })
  })

  test('spreads the gap once the reading after it is there', () => {
    const after = [reading(9, 100n, 20n, 5), reading(11, 130n, 20n, 6)]
    expect(correctedReadingOf(estimate, after)).toMatchObject({ importEnd: 115n, quality: 'estimated' })
  })

  test('leaves an interrupted meter’s estimate, a metered leaf, and one that is right already', () => {
    expect(correctedReadingOf(estimate, [reading(9, 100n, 20n, 5), reading(11, 130n, 20n, 7)])).toBeNull()
    expect(correctedReadingOf(estimate, [reading(9, 100n, 20n, 5)])).toBeNull()
    const after = [reading(9, 100n, 20n, 5), reading(11, 130n, 20n, 6)]
    expect(correctedReadingOf(correctedReadingOf(estimate, after)!, after)).toBeNull()
    expect(correctedReadingOf({ ...estimate, quality: 'metered' }, after)).toBeNull()
  })
})
