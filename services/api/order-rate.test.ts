import { describe, expect, test } from 'vitest'
import { createOrderRate } from './order-rate.ts'

describe('createOrderRate', () => {
  test('welcomes a burst, then as many as come back with time', () => {
    const isWelcome = createOrderRate({ perSecond: 10, burst: 20 })
    expect(isWelcome('a', 20, 0)).toBe(true)
    expect(isWelcome('a', 1, 0)).toBe(false)
    expect(isWelcome('a', 5, 500)).toBe(true)
    expect(isWelcome('a', 1, 500)).toBe(false)
  })

  test('never saves up more than a burst', () => {
    const isWelcome = createOrderRate({ perSecond: 10, burst: 20 })
    expect(isWelcome('a', 1, 0)).toBe(true)
    expect(isWelcome('a', 21, 1_000_000)).toBe(false)
    expect(isWelcome('a', 20, 1_000_000)).toBe(true)
  })

  test('counts each client by itself', () => {
    const isWelcome = createOrderRate({ perSecond: 10, burst: 20 })
    expect(isWelcome('a', 20, 0)).toBe(true)
    expect(isWelcome('b', 20, 0)).toBe(true)
  })

  test('does not charge what it turned away', () => {
    const isWelcome = createOrderRate({ perSecond: 10, burst: 20 })
    expect(isWelcome('a', 21, 0)).toBe(false)
    expect(isWelcome('a', 20, 0)).toBe(true)
  })
})
