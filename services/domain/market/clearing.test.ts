import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { energyWh, price, PRICE_TICK, type EnergyWh, type Price } from '../units.ts'
import { clearingOf, sortOrders, type Clearing, type ClearingClaim, type ClearingOrder } from './clearing.ts'
import type { Side } from './order.ts'

type Vector = {
  title: string
  orders: { trader: number; side: Side; quantityWh: string; limitPrice: string }[]
  price: string | null
  interval: [string, string] | null
  claim: Record<'bidsAtOrAbove' | 'bidsAbove' | 'offersAtOrBelow' | 'offersBelow', string>
  volumeWh: string
  fillsWh: string[]
}

const { cases } = JSON.parse(readFileSync(new URL('../../../test/vectors/clearing.json', import.meta.url), 'utf8')) as {
  cases: Vector[]
}

const order = (trader: number, side: Side, quantity: bigint, limitPrice: bigint): ClearingOrder => ({
  trader,
  side,
  quantity: energyWh(quantity),
  limitPrice: price(limitPrice),
})

/** Books whose few price levels make ties, crossings and pro-rata shares common. */
const bookOf = (limits: { min: number; max: number }, quantities: { min: bigint; max: bigint }) =>
  fc
    .uniqueArray(
      fc.record({
        trader: fc.integer({ min: 1, max: 12 }),
        side: fc.constantFrom<Side>('bid', 'offer'),
        quantity: fc.bigInt(quantities).map(energyWh),
        limitPrice: fc.integer(limits).map((ticks) => price(BigInt(ticks) * PRICE_TICK)),
      }),
      { selector: ({ trader, side }) => `${trader} ${side}`, maxLength: 10 },
    )
    .map((orders) => sortOrders<ClearingOrder>(orders))

const smallBook = bookOf({ min: -6, max: 6 }, { min: 0n, max: 9n })
const anyBook = bookOf({ min: -5_000, max: 40_000 }, { min: 0n, max: 2n ** 31n - 1n })
const book = fc.oneof(smallBook, anyBook)

describe('clearingOf', () => {
  test.each(cases)('$title', (vector) => {
    const orders = vector.orders.map(({ trader, side, quantityWh, limitPrice }) =>
      order(trader, side, BigInt(quantityWh), BigInt(limitPrice)),
    )
    const clearing = clearingOf(orders)
    expect(clearing.price).toBe(vector.price === null ? null : BigInt(vector.price))
    expect(clearing.interval).toEqual(
      vector.interval && { lowest: BigInt(vector.interval[0]), highest: BigInt(vector.interval[1]) },
    )
    expect(clearing.volume).toBe(BigInt(vector.volumeWh))
    expect(clearing.fills).toEqual(vector.fillsWh.map(BigInt))
    expect(clearing.claim).toEqual({
      price: BigInt(vector.price ?? 0),
      bidsAtOrAbove: BigInt(vector.claim.bidsAtOrAbove),
      bidsAbove: BigInt(vector.claim.bidsAbove),
      offersAtOrBelow: BigInt(vector.claim.offersAtOrBelow),
      offersBelow: BigInt(vector.claim.offersBelow),
    })
  })

  test('refuses orders that are not sorted, and a second bid of one member', () => {
    const offer = order(1, 'offer', 1n, 0n)
    const bid = order(1, 'bid', 1n, 0n)
    expect(() => clearingOf([offer, bid])).toThrow(expect.objectContaining({ code: 'orders-not-ascending' }))
    expect(() => clearingOf([bid, bid])).toThrow(expect.objectContaining({ code: 'orders-not-ascending' }))
    expect(() => clearingOf(sortOrders([offer, bid]))).not.toThrow()
  })

  test('refuses an order of 2^31 Wh', () => {
    expect(() => clearingOf([order(1, 'bid', 2n ** 31n, 0n)])).toThrow(
      expect.objectContaining({ code: 'order-invalid' }),
    )
    expect(clearingOf([order(1, 'bid', 2n ** 31n - 1n, 0n)]).fills).toEqual([0n])
  })

  test('gives the same without the orders for nothing', () => {
    fc.assert(
      fc.property(book, (orders) => {
        const clearing = clearingOf(orders)
        const fills = clearing.fills.filter((_, position) => orders[position]!.quantity > 0n)
        expect(clearingOf(orders.filter(({ quantity }) => quantity > 0n))).toEqual({ ...clearing, fills })
      }),
    )
  })

  test('buys as many Wh as it sells', () => {
    fc.assert(
      fc.property(book, (orders) => {
        const clearing = clearingOf(orders)
        expect(filled(orders, clearing, 'bid')).toBe(clearing.volume)
        expect(filled(orders, clearing, 'offer')).toBe(clearing.volume)
      }),
    )
  })

  test('fills nobody at a price worse than its limit, nor more than it asked for', () => {
    fc.assert(
      fc.property(book, (orders) => {
        const clearing = clearingOf(orders)
        orders.forEach(({ side, quantity, limitPrice }, index) => {
          const fill = clearing.fills[index]!
          expect(fill >= 0n && fill <= quantity).toBe(true)
          if (fill === 0n) return
          const cleared = clearing.price!
          expect(side === 'bid' ? cleared <= limitPrice : cleared >= limitPrice).toBe(true)
        })
      }),
    )
  })

  test('claims the sums that the orders add up to at its price', () => {
    fc.assert(
      fc.property(book, (orders) => {
        const { price: cleared, claim } = clearingOf(orders)
        if (cleared !== null) expect(claim).toEqual(claimAt(cleared, orders))
      }),
    )
  })

  test('leaves nothing strictly better than the price unfilled', () => {
    fc.assert(
      fc.property(book, (orders) => {
        const { price: cleared, fills } = clearingOf(orders)
        if (cleared === null) return
        orders.forEach(({ side, quantity, limitPrice }, index) => {
          const isBetter = side === 'bid' ? limitPrice > cleared : limitPrice < cleared
          if (isBetter) expect(fills[index]).toBe(quantity)
        })
      }),
    )
  })

  test('trades exactly where some bid is at or above some offer', () => {
    fc.assert(
      fc.property(book, (orders) => {
        const crosses = orders.some(
          (bid) =>
            bid.side === 'bid' &&
            bid.quantity > 0n &&
            orders.some((offer) => offer.side === 'offer' && offer.quantity > 0n && offer.limitPrice <= bid.limitPrice),
        )
        const clearing = clearingOf(orders)
        expect(clearing.price !== null).toBe(crosses)
        expect(clearing.volume > 0n).toBe(crosses)
      }),
    )
  })

  test('has the interval of all prices that clear the market, found by trying every tick', () => {
    fc.assert(
      fc.property(smallBook, (orders) => {
        const { interval } = clearingOf(orders)
        if (interval === null) return
        for (let tick = -8n; tick <= 8n; tick++) {
          const tried = price(tick * PRICE_TICK)
          const isInside = tried >= interval.lowest && tried <= interval.highest
          expect(clears(tried, orders)).toBe(isInside)
        }
      }),
    )
  })

  test('makes as much welfare as the best of all matchings, found by trying every one', () => {
    const tinyBook = bookOf({ min: -4, max: 4 }, { min: 1n, max: 4n }).filter((orders) => orders.length <= 6)
    fc.assert(
      fc.property(tinyBook, (orders) => {
        expect(welfareOf(orders, clearingOf(orders).fills)).toBe(bestWelfare(orders))
      }),
    )
  })

  test('gives the same in whatever sequence the orders came', () => {
    fc.assert(
      fc.property(
        book.chain((orders) =>
          fc.tuple(fc.constant(orders), fc.shuffledSubarray(orders, { minLength: orders.length })),
        ),
        ([orders, shuffled]) => {
          expect(clearingOf(sortOrders(shuffled))).toEqual(clearingOf(orders))
        },
      ),
    )
  })

  test('shares pro rata to within 1 Wh', () => {
    fc.assert(
      fc.property(book, (orders) => {
        const { price: cleared, claim, volume, fills } = clearingOf(orders)
        if (cleared === null) return
        orders.forEach(({ side, quantity, limitPrice }, index) => {
          if (limitPrice !== cleared || quantity === 0n) return
          const [better, all] =
            side === 'bid' ? [claim.bidsAbove, claim.bidsAtOrAbove] : [claim.offersBelow, claim.offersAtOrBelow]
          // |fill - quantity * rest / atPrice| < 1, without dividing
          const deviation = fills[index]! * (all - better) - quantity * (volume - better)
          expect(deviation < all - better && -deviation < all - better).toBe(true)
        })
      }),
    )
  })
})

/** The four sums at a price, whether or not it clears the market. */
function claimAt(tried: Price, orders: readonly ClearingOrder[]): ClearingClaim {
  const sum = (side: Side, isCounted: (limit: Price) => boolean) =>
    energyWh(
      orders.reduce(
        (total, order) => (order.side === side && isCounted(order.limitPrice) ? total + order.quantity : total),
        0n,
      ),
    )
  return {
    price: tried,
    bidsAtOrAbove: sum('bid', (limit) => limit >= tried),
    bidsAbove: sum('bid', (limit) => limit > tried),
    offersAtOrBelow: sum('offer', (limit) => limit <= tried),
    offersBelow: sum('offer', (limit) => limit < tried),
  }
}

function clears(tried: Price, orders: readonly ClearingOrder[]): boolean {
  const { bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow } = claimAt(tried, orders)
  return bidsAbove <= offersAtOrBelow && offersBelow <= bidsAtOrAbove
}

function filled(orders: readonly ClearingOrder[], { fills }: Clearing, side: Side): bigint {
  return orders.reduce((sum, { side: of }, index) => (of === side ? sum + fills[index]! : sum), 0n)
}

/** What the bidders would have paid at most, less what the sellers would have accepted at least. */
function welfareOf(orders: readonly ClearingOrder[], fills: readonly EnergyWh[]): bigint {
  return orders.reduce(
    (sum, { side, limitPrice }, index) => sum + (side === 'bid' ? 1n : -1n) * limitPrice * fills[index]!,
    0n,
  )
}

/** The most welfare of any assignment that buys what it sells: every assignment of Wh to orders is tried. */
function bestWelfare(orders: readonly ClearingOrder[]): bigint {
  let reachable = new Map<bigint, bigint>([[0n, 0n]])
  for (const { side, quantity, limitPrice } of orders) {
    const next = new Map<bigint, bigint>()
    for (const [balance, welfare] of reachable) {
      for (let fill = 0n; fill <= quantity; fill++) {
        const signed = side === 'bid' ? fill : -fill
        const total = welfare + signed * limitPrice
        const known = next.get(balance + signed)
        if (known === undefined || known < total) next.set(balance + signed, total)
      }
    }
    reachable = next
  }
  return reachable.get(0n)!
}
