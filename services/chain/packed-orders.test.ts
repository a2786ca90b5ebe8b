import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOrder, type OrderJson } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { deliveryPeriod, energyWh, HIGHEST_PRICE, LOWEST_PRICE, money, price } from '../domain/units.ts'
import {
  chunksCommittedAs,
  chunksOfOrders,
  hashChain,
  hashOrders,
  MOST_ORDERS_PER_CHUNK,
  orderTerms,
  PACKED_ORDER_BYTES,
  packOrders,
  unpackOrders,
  unpackTerms,
} from './packed-orders.ts'

type Vector = {
  title: string
  order: OrderJson
  entryIndex: number
  gateClosure: number
  signature: string
  packed: string
}

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/order.json', import.meta.url), 'utf8')) as {
  cases: Vector[]
}
const entryOf = (index: number, trader: number): TradingKeyEntry => ({
  index,
  trader,
  key: `0x${'11'.repeat(20)}`,
  mayBid: true,
  mayOffer: true,
  validPeriods: 96,
  quantityLimit: energyWh(1_000n),
  lowestPrice: LOWEST_PRICE,
  highestPrice: HIGHEST_PRICE,
  allowance: money(1n),
})
const session = { area: 1, period: deliveryPeriod(100), gateClosure: 89_700 }
const entries = [entryOf(0, 4), entryOf(1, 5), entryOf(2, 5)]

describe('packOrders', () => {
  test.each(vectors.cases)('packs 84 bytes: $title', ({ order, entryIndex, gateClosure, signature, packed }) => {
    const signed = { order: { ...parseOrder(order), signature }, entry: { index: entryIndex } }
    expect(`0x${bytesToHex(packOrders([signed], gateClosure))}`).toBe(packed)
    expect(packOrders([signed], gateClosure)).toHaveLength(PACKED_ORDER_BYTES)
  })

  test('is undone by unpackOrders, for whatever can be signed', () => {
    const order = fc.record({
      entry: fc.constantFrom(...entries),
      side: fc.constantFrom('bid' as const, 'offer' as const),
      quantity: fc.bigInt(0n, 2n ** 31n - 1n).map(energyWh),
      limitPrice: fc.integer({ min: 0, max: 45_000 }).map((tick) => price(LOWEST_PRICE + BigInt(tick) * 100n)),
      expiry: fc.integer({ min: session.gateClosure, max: 2 ** 32 - 1 }),
      salt: fc.bigInt(0n, 2n ** 64n - 1n),
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => `0x${bytesToHex(bytes)}`),
    })
    fc.assert(
      fc.property(fc.array(order, { maxLength: 5 }), (drafts) => {
        const keyed = drafts.map(({ entry, ...draft }) => {
          const signed = { ...draft, area: 1, trader: entry.trader, deliveryPeriod: session.period }
          return { entry, entryIndex: entry.index, order: signed }
        })
        expect(unpackOrders(session, entries, packOrders(keyed, session.gateClosure))).toEqual(keyed)
      }),
    )
  })

  test('refuses an order that expires before its gate closes', () => {
    const { order, signature } = vectors.cases[0]!
    const signed = { order: { ...parseOrder(order), signature }, entry: { index: 0 } }
    expect(() => packOrders([signed], order.expiry + 1)).toThrow(expect.objectContaining({ code: 'order-expired' }))
  })
})

describe('unpackOrders', () => {
  const packed = (index: number, tick: number, expiryLess = 0) => {
    const bytes = new Uint8Array(PACKED_ORDER_BYTES)
    const view = new DataView(bytes.buffer)
    view.setUint16(0, index)
    view.setUint16(6, tick)
    view.setUint32(8, expiryLess)
    return bytes
  }

  test('reads no order where the key, the price or the expiry does not exist', () => {
    const orderOf = (bytes: Uint8Array) => unpackOrders(session, entries, bytes)[0]!.order
    expect(orderOf(packed(2, 45_000))).toMatchObject({ trader: 5, limitPrice: HIGHEST_PRICE })
    expect(orderOf(packed(3, 45_000))).toBeNull()
    expect(orderOf(packed(2, 45_001))).toBeNull()
    expect(orderOf(packed(2, 0, 2 ** 32 - 1 - session.gateClosure))).toMatchObject({ expiry: 2 ** 32 - 1 })
    expect(orderOf(packed(2, 0, 2 ** 32 - session.gateClosure))).toBeNull()
  })

  test('refuses a part of an order', () => {
    expect(() => unpackOrders(session, entries, packed(0, 0).subarray(1))).toThrow(
      expect.objectContaining({ code: 'orders-malformed' }),
    )
  })
})

describe('orderTerms', () => {
  test('are the first 20 bytes of the packed order, and are read without a signature', () => {
    const { order, entryIndex, gateClosure, packed } = vectors.cases[0]!
    const terms = orderTerms(parseOrder(order), entryIndex, gateClosure)
    expect(`0x${bytesToHex(terms)}`).toBe(packed.slice(0, 42))
    const read = unpackTerms({ area: 1, period: deliveryPeriod(1_900_000), gateClosure }, [entryOf(0, 1)], terms)
    expect(read.order).toEqual({ ...parseOrder(order), signature: '0x' })
  })
})

describe('hashOrders', () => {
  const ordersOf = (count: number) => new Uint8Array(count * PACKED_ORDER_BYTES).map((_, place) => place % 251)
  const linkOf = (head: Uint8Array, chunk: Uint8Array) => keccak_256(concatBytes(head, keccak_256(chunk)))

  test('is zero for no orders', () => {
    expect(hashOrders(new Uint8Array())).toBe(`0x${'00'.repeat(32)}`)
  })

  test('is one link for a full chunk, and two for an order more', () => {
    const bytes = ordersOf(MOST_ORDERS_PER_CHUNK + 1)
    const full = bytes.subarray(0, MOST_ORDERS_PER_CHUNK * PACKED_ORDER_BYTES)
    const one = linkOf(new Uint8Array(32), full)
    expect(hashOrders(full)).toBe(`0x${bytesToHex(one)}`)
    expect(hashOrders(bytes)).toBe(`0x${bytesToHex(linkOf(one, bytes.subarray(full.length)))}`)
    expect(chunksOfOrders(bytes).map((chunk) => chunk.length)).toEqual([84_000, 84])
  })

  test('depends on the size of the chunks, which it tells in turn', () => {
    const bytes = ordersOf(1_100)
    const lengthsOf = (size: number) =>
      chunksCommittedAs(hashOrders(bytes, size), bytes, [1_000, 500])?.map((chunk) => chunk.length / PACKED_ORDER_BYTES)
    expect(lengthsOf(1_000)).toEqual([1_000, 100])
    expect(lengthsOf(500)).toEqual([500, 500, 100])
    expect(lengthsOf(600)).toBeUndefined()
  })

  test('tells two chunks apart from one of the same bytes', () => {
    const [left, right] = [hexToBytes('aa'), hexToBytes('bb')]
    expect(hashChain([left, right])).not.toBe(hashChain([concatBytes(left, right)]))
  })
})
