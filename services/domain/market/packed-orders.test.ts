import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { energyWh, price } from '../units.ts'
import { clearBook } from './clearing-book.ts'
import { clearingOf, type ClearingOrder } from './clearing.ts'
import { bookOfPacked, clearPacked, PACKED_ORDER_LENGTH } from './packed-orders.ts'

type Packed = { entry: number; isOffer: boolean; quantity: number; tick: number }

const packedOrder = fc.record<Packed>({
  entry: fc.integer({ min: 0, max: 0xffff }),
  isOffer: fc.boolean(),
  quantity: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 31 - 1 })),
  tick: fc.oneof(fc.integer({ min: 4_998, max: 5_002 }), fc.integer({ min: 0, max: 45_000 })),
})

describe('clearPacked', () => {
  test('gives what clearingOf gives for the same orders', () => {
    fc.assert(
      fc.property(fc.array(packedOrder, { maxLength: 40 }), (orders) => {
        const clearing = clearPacked(pack(orders))
        const expected = clearingOf(orders.map(objectOf))
        expect({ ...clearing, fills: Array.from(clearing.fills, BigInt) }).toEqual(expected)
      }),
    )
  })

  test('reads orders that start anywhere in a larger buffer', () => {
    const orders = [
      { entry: 0, isOffer: false, quantity: 70, tick: 6_000 },
      { entry: 1, isOffer: true, quantity: 50, tick: 5_000 },
    ]
    const buffer = new Uint8Array(3 + 2 * PACKED_ORDER_LENGTH + 5).fill(0xff)
    buffer.set(pack(orders), 3)
    const { price: cleared, fills } = clearPacked(buffer.subarray(3, 3 + 2 * PACKED_ORDER_LENGTH))
    expect({ cleared, fills: [...fills] }).toEqual({ cleared: 100_000n, fills: [50, 50] })
  })

  test('refuses bytes that end within an order, and a tick above the highest price', () => {
    const orders = pack([{ entry: 0, isOffer: false, quantity: 1, tick: 45_001 }])
    expect(() => bookOfPacked(orders.subarray(1))).toThrow(expect.objectContaining({ code: 'orders-malformed' }))
    expect(() => clearPacked(orders)).toThrow(expect.objectContaining({ code: 'price-out-of-range' }))
  })
})

describe('clearBook', () => {
  test('shares 2^50 Wh among 2^20 orders at one price to the Wh', () => {
    const count = 2 ** 20
    const quantities = new Uint32Array(count)
    // Three bids to each offer, of quantities that have no factor in common.
    for (let position = 0; position < count; position += 1) {
      quantities[position] = 2 ** 31 - 1 - (position % 1_000) + (position % 4 === 0 ? 2 ** 31 : 0)
    }
    const {
      price: cleared,
      volume,
      claim,
      fills,
    } = clearBook({ quantities, ticks: new Uint16Array(count).fill(5_000) })
    expect(cleared).toBe(0n)
    expect(volume).toBe(claim.offersAtOrBelow)

    let asked = 0n
    let given = 0n
    for (let position = 0; position < count; position += 1) {
      if (position % 4 === 0) {
        if (fills[position] !== quantities[position]! - 2 ** 31)
          throw new Error(`offer ${position} is not filled whole`)
        continue
      }
      asked += BigInt(quantities[position]!)
      given += BigInt(fills[position]!)
      if (given !== (asked * volume) / claim.bidsAtOrAbove) throw new Error(`bid ${position} has a wrong share`)
    }
    expect(given).toBe(volume)
  })

  test('refuses more than 2^20 orders, of which the sums might not be exact', () => {
    const count = 2 ** 20 + 1
    const book = { quantities: new Uint32Array(count), ticks: new Uint16Array(count) }
    expect(() => clearBook(book)).toThrow(expect.objectContaining({ code: 'orders-too-many' }))
  })
})

function pack(orders: readonly Packed[]): Uint8Array {
  // What a clearing does not read is all ones.
  const packed = new Uint8Array(orders.length * PACKED_ORDER_LENGTH).fill(0xff)
  const view = new DataView(packed.buffer)
  orders.forEach(({ entry, isOffer, quantity, tick }, position) => {
    const start = position * PACKED_ORDER_LENGTH
    view.setUint16(start, entry)
    view.setUint32(start + 2, quantity + (isOffer ? 2 ** 31 : 0))
    view.setUint16(start + 6, tick)
  })
  return packed
}

function objectOf({ isOffer, quantity, tick }: Packed, position: number): ClearingOrder {
  return {
    trader: position + 1,
    side: isOffer ? 'offer' : 'bid',
    quantity: energyWh(BigInt(quantity)),
    limitPrice: price(BigInt(tick) * 100n - 500_000n),
  }
}
