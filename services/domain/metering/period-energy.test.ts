import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh } from '../units.ts'
import type { MeterReading } from './meter-reading.ts'
import { isDecided, isMetered, periodEnergyOf, periodReadingOf } from './period-energy.ts'

function reading(period: number, importWh: bigint, exportWh: bigint): MeterReading {
  return {
    deliveryPeriod: deliveryPeriod(period),
    sequence: period,
    importRegister: energyWh(importWh),
    exportRegister: energyWh(exportWh),
  }
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
    })
    expect(known && periodEnergyOf(known)).toEqual({ imported: 250n, exported: 5n })
  })

  test('is unknown where either end is missing, rather than zero', () => {
    expect(periodReadingOf(3, deliveryPeriod(9), readings)).toBeNull()
    expect(periodReadingOf(3, deliveryPeriod(11), readings)).toBeNull()
    expect(periodReadingOf(3, deliveryPeriod(12), readings)).toBeNull()
    expect(periodReadingOf(3, deliveryPeriod(10), [])).toBeNull()
  })

  test('is unknown where the meter left a number out: its registers went on without it', () => {
    const interrupted = [reading(9, 100n, 20n), { ...reading(10, 100n, 20n), sequence: 11 }]
    expect(periodReadingOf(3, deliveryPeriod(10), interrupted)).toBeNull()
  })
})

describe('isDecided', () => {
  test('waits for a reading at the end of the period or after it', () => {
    expect(isDecided(null, deliveryPeriod(10))).toBe(false)
    expect(isDecided(reading(9, 0n, 0n), deliveryPeriod(10))).toBe(false)
    expect(isDecided(reading(10, 0n, 0n), deliveryPeriod(10))).toBe(true)
    expect(isDecided(reading(12, 0n, 0n), deliveryPeriod(10))).toBe(true)
  })
})

describe('isMetered', () => {
  test('includes the sessions whose gate closed before a member was deactivated, and no later ones', () => {
    expect(isMetered(null, 1_000)).toBe(true)
    expect(isMetered(1_001, 1_000)).toBe(true)
    expect(isMetered(1_000, 1_000)).toBe(false)
  })
})
