import { describe, expect, test } from 'vitest'
import { settlementStateOf } from './settlement-state.ts'

describe('settlementStateOf', () => {
  test('goes from drawn up over committed to paid', () => {
    expect(settlementStateOf([])).toBe('drawn-up')
    expect(settlementStateOf([{ run: 0, isPaid: false, isWithheld: false }])).toBe('committed')
    expect(settlementStateOf([{ run: 0, isPaid: true, isWithheld: false }])).toBe('paid')
  })

  test('is corrected or final once that run is paid, and not before', () => {
    const initial = { run: 0, isPaid: true, isWithheld: false }
    expect(settlementStateOf([initial, { run: 1, isPaid: false, isWithheld: false }])).toBe('paid')
    expect(settlementStateOf([initial, { run: 1, isPaid: true, isWithheld: false }])).toBe('corrected')
    expect(settlementStateOf([{ run: 2, isPaid: true, isWithheld: false }, initial])).toBe('final')
  })

  test('is held back while a run waits for the bond, whatever was paid before', () => {
    const initial = { run: 0, isPaid: true, isWithheld: false }
    expect(settlementStateOf([{ run: 0, isPaid: false, isWithheld: true }])).toBe('held-back')
    expect(settlementStateOf([initial, { run: 1, isPaid: false, isWithheld: true }])).toBe('held-back')
  })
})
