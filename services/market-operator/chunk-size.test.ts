import { describe, expect, test } from 'vitest'
import { ordersPerChunkOf } from './chunk-size.ts'

/** Gas of a transaction: the most that it may use, and what an order costs at worst, and an opened one. */
const [LIMIT, DEAREST_ORDER, OPENED_ORDER] = [16_777_216, 5_600 + 7_500, 3_600]

describe('ordersPerChunkOf', () => {
  test('is 1,000 as long as all that may be opened fits beside them', () => {
    expect(ordersPerChunkOf(0)).toBe(1_000)
    expect(ordersPerChunkOf(250)).toBe(1_000)
    expect(1_000 * DEAREST_ORDER + 250 * OPENED_ORDER).toBeLessThan(0.85 * LIMIT)
  })

  test('is 500 beyond that', () => {
    expect(ordersPerChunkOf(251)).toBe(500)
    expect(500 * DEAREST_ORDER + 2_000 * OPENED_ORDER).toBeLessThan(0.85 * LIMIT)
  })
})
