import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh } from '../units.ts'
import { expectedNetOf, sameQuarterHourYesterday } from './forecast.ts'

describe('sameQuarterHourYesterday', () => {
  test('is 96 quarter-hours earlier', () => {
    expect(sameQuarterHourYesterday(deliveryPeriod(1_000))).toBe(904)
  })

  test('does not exist on the first day', () => {
    expect(sameQuarterHourYesterday(deliveryPeriod(95))).toBeNull()
  })
})

describe('expectedNetOf', () => {
  test('flows towards the prosumer while the load is larger than the PV', () => {
    expect(expectedNetOf(energyWh(500n), energyWh(200n))).toBe(300n)
    expect(expectedNetOf(energyWh(200n), energyWh(500n))).toBe(-300n)
  })
})
