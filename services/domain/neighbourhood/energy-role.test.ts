import { describe, expect, test } from 'vitest'
import { energyWh } from '../units.ts'
import { energyRoleOf } from './energy-role.ts'

describe('energyRoleOf', () => {
  test('is producing where more was exported than imported', () => {
    expect(energyRoleOf({ imported: energyWh(100n), exported: energyWh(101n) })).toBe('producing')
  })

  test('is consuming where more was imported than exported', () => {
    expect(energyRoleOf({ imported: energyWh(101n), exported: energyWh(100n) })).toBe('consuming')
  })

  test('is balanced where both are equal', () => {
    expect(energyRoleOf({ imported: energyWh(0n), exported: energyWh(0n) })).toBe('balanced')
  })
})
