import { describe, expect, test } from 'vitest'
import { CONTRACT_NAMES, type LedgerAddresses } from './ledger.ts'
import { hashChain, PACKED_ORDER_BYTES } from './packed-orders.ts'
import { findSubmittedOrders } from './submitted-orders.ts'

const FOREIGN = `0x${'77'.repeat(20)}`
const addresses = Object.fromEntries(
  CONTRACT_NAMES.map((name, index) => [name, `0x${String(index + 10).repeat(20)}`]),
) as LedgerAddresses
// Nothing is decoded where somebody else's contract was called.
const ledger = { addresses, contracts: {} as never }

const ordersOf = (count: number, fill: number) => Buffer.alloc(count * PACKED_ORDER_BYTES, fill)
const wordOf = (value: number) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const callOf = (...parts: Buffer[]) => ({ to: FOREIGN, input: `0x${Buffer.concat(parts).toString('hex')}` })
const selector = Buffer.from('12345678', 'hex')

function found(orderCount: number, chunks: readonly Buffer[], calls: readonly ReturnType<typeof callOf>[]) {
  return findSubmittedOrders(ledger, { orderCount, ordersHash: hashChain(chunks), calls })
}

describe('findSubmittedOrders', () => {
  test('finds them behind the word that states their length, among others of the same length', () => {
    const [orders, decoy] = [ordersOf(3, 0xaa), ordersOf(3, 0xbb)]
    const call = callOf(selector, wordOf(decoy.length), decoy, wordOf(orders.length), orders)
    expect(found(3, [orders], [call])).toEqual([orders])
  })

  test('finds them anywhere in the data, without a sign of where they begin', () => {
    const orders = ordersOf(2, 0xaa)
    expect(found(2, [orders], [callOf(selector, Buffer.from('0102030405', 'hex'), orders)])).toEqual([orders])
  })

  test('does not take what only looks like them', () => {
    const submitted = ordersOf(2, 0xbb)
    expect(found(2, [ordersOf(2, 0xaa)], [callOf(selector, wordOf(submitted.length), submitted)])).toBeNull()
  })

  test('puts chunks of whatever size together by their common hash, out of several that would fit', () => {
    const [first, last, decoy, longer] = [ordersOf(640, 1), ordersOf(1, 2), ordersOf(1, 3), ordersOf(641, 4)]
    const calls = [
      callOf(selector, wordOf(longer.length), longer, wordOf(first.length), first),
      callOf(wordOf(decoy.length), decoy, wordOf(last.length), last),
    ]
    expect(found(641, [first, last], calls)).toEqual([first, last])
  })

  test('has none to find where the gate was closed on none', () => {
    expect(findSubmittedOrders(ledger, { orderCount: 0, ordersHash: hashChain([]), calls: [callOf()] })).toHaveLength(0)
  })

  test('finds none where there are fewer orders than chunks would hold', () => {
    expect(found(1, [ordersOf(1, 1)], [callOf(), callOf()])).toBeNull()
  })
})
