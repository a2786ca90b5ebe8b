import { describe, expect, test } from 'vitest'
import { money } from '../units.ts'
import { savingOf } from './saving.ts'

describe('savingOf', () => {
  test('is what the tariff alone would have cost beyond what was paid', () => {
    expect(savingOf(money(250n), money(200n))).toBe(50n)
    expect(savingOf(money(-80n), money(-100n))).toBe(20n)
    expect(savingOf(money(200n), money(250n))).toBe(-50n)
  })

  test('is not known without a reading', () => {
    expect(savingOf(null, money(200n))).toBeNull()
  })
})
