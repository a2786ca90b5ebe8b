import { describe, expect, test } from 'vitest'
import { settlementStateOf } from './settlement-state.ts'

describe('settlementStateOf', () => {
  test('goes from drawn up over committed to paid', () => {
    expect(settlementStateOf([])).toBe('drawn-up')
    expect(settlementStateOf([{ run: 0, isPaid: false }])).toBe('committed')
    expect(settlementStateOf([{ run: 0, isPaid: true }])).toBe('paid')
  })

  test('is corrected or final once that run is paid, and not before', () => {
    const initial = { run: 0, isPaid: true }
    expect(settlementStateOf([initial, { run: 1, isPaid: false }])).toBe('paid')
    expect(settlementStateOf([initial, { run: 1, isPaid: true }])).toBe('corrected')
    expect(settlementStateOf([{ run: 2, isPaid: true }, initial])).toBe('final')
  })
})
