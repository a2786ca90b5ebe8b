import { describe, expect, test } from 'vitest'
import type { OpenedOrder } from '../chain/opened-orders.ts'
import { chunksOfOrders, PACKED_ORDER_BYTES } from '../chain/packed-orders.ts'
import { rankOf } from '../domain/market/order.ts'
import type { BatchOrder } from '../domain/market/validity.ts'
import type { AcceptedOrder } from '../store/gate-closures.ts'
import { chunkCallsOf } from './clearing.ts'

const batchOrder = (trader: number) =>
  ({ order: { trader, side: 'bid' }, entry: null, signer: null, revokedAt: null }) as BatchOrder<AcceptedOrder>
const opened = (trader: number, side: 'bid' | 'offer') => {
  const order = { trader, side }
  const terms = `0x${rankOf(order).toString(16).padStart(40, '0')}`
  return { order, entry: null, terms } as OpenedOrder
}
/** Bids of the members 1, 2, 3 ... */
const batch = Array.from({ length: 1_002 }, (_, index) => batchOrder(index + 1))
const chunks = chunksOfOrders(new Uint8Array(batch.length * PACKED_ORDER_BYTES))
const ranksOf = (terms: Uint8Array) =>
  Array.from({ length: terms.length / 20 }, (_, index) =>
    Number(`0x${Buffer.from(terms.subarray(index * 20, (index + 1) * 20)).toString('hex')}`),
  )
const callsOf = (valid: readonly (typeof batch)[number][], orders: readonly OpenedOrder[]) =>
  chunkCallsOf({ batch, chunks }, valid, orders).map(({ orders: chunk, forcedTerms }) => ({
    orders: chunk.length / PACKED_ORDER_BYTES,
    forced: ranksOf(forcedTerms),
  }))

describe('chunkCallsOf', () => {
  const orders = [opened(5, 'offer'), opened(1_000, 'bid'), opened(1_000, 'offer'), opened(5_000, 'bid')]

  test('gives each chunk the opened orders up to its last order, and the last chunk all that are left', () => {
    expect(callsOf(batch, orders)).toEqual([
      { orders: 1_000, forced: [11, 2_000] },
      { orders: 2, forced: [2_001, 10_000] },
    ])
  })

  test('does not count a void order as the last of its chunk', () => {
    const valid = batch.filter(({ order }) => order.trader !== 1_000)
    expect(callsOf(valid, orders)).toEqual([
      { orders: 1_000, forced: [11] },
      { orders: 2, forced: [2_000, 2_001, 10_000] },
    ])
    expect(callsOf([], orders)[0]).toEqual({ orders: 1_000, forced: [] })
  })

  test('is one call without orders where there are none', () => {
    const calls = chunkCallsOf({ batch: [], chunks: [new Uint8Array()] }, [], [])
    expect(calls).toEqual([{ orders: new Uint8Array(), forcedTerms: new Uint8Array() }])
  })
})
