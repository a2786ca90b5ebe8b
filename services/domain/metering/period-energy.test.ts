import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh } from '../units.ts'
import type { MeterReading } from './meter-reading.ts'
import { isDecided, isMetered, periodEnergyOf, type PeriodReading } from './period-energy.ts'

function reading(period: number, importWh: bigint, exportWh: bigint): MeterReading {
  return {
    deliveryPeriod: deliveryPeriod(period),
    sequence: period,
    importRegister: energyWh(importWh),
    exportRegister: energyWh(exportWh),
  }
}

describe('periodEnergyOf', () => {
  test('is what the registers advanced by', () => {
    const registers = { importStart: 100n, importEnd: 350n, exportStart: 20n, exportEnd: 25n }
    const known = { memberId: 3, period: deliveryPeriod(10), quality: 'metered', ...registers } as PeriodReading
    expect(periodEnergyOf(known)).toEqual({ imported: 250n, exported: 5n })
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
