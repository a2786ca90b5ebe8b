import fc from 'fast-check'
import loadHighs, { type Highs } from 'highs'
import { beforeAll, describe, expect, test } from 'vitest'
import { clearBook, type BookClearing, type OrderBook } from '../../services/domain/market/clearing-book.ts'

/** Limit in ticks from a price of zero. */
type Order = { readonly side: 'bid' | 'offer'; readonly quantity: number; readonly limit: number }

const ZERO_TICK = 5_000
const OFFER_BIT = 2 ** 31

// Its types describe the CommonJS build, in which the loader is a property of what is imported.
const load = loadHighs as unknown as typeof loadHighs.default
let highs: Highs
beforeAll(async () => {
  highs = await load()
})

const bookOf = (limits: { min: number; max: number }, quantities: { min: number; max: number }, size: object) =>
  fc.array(
    fc.record<Order>({
      side: fc.constantFrom('bid', 'offer'),
      quantity: fc.integer(quantities),
      limit: fc.integer(limits),
    }),
    size,
  )

const fewLevels = bookOf({ min: -3, max: 3 }, { min: 0, max: 5 }, { minLength: 1, maxLength: 8 })
const negative = bookOf({ min: -9, max: 0 }, { min: 1, max: 20 }, { minLength: 2, maxLength: 12 })
const spread = bookOf({ min: -5_000, max: 40_000 }, { min: 1, max: 4_000 }, { minLength: 2, maxLength: 30 })
const oneSided = fewLevels.map((orders) => orders.map((order) => ({ ...order, side: 'bid' as const })))
const apart = fewLevels.map((orders) =>
  orders.map((order) => ({ ...order, limit: order.side === 'bid' ? order.limit - 4 : order.limit + 4 })),
)
const balanced = fewLevels.map((orders) =>
  orders.flatMap(({ quantity, limit }) => [
    { side: 'bid' as const, quantity, limit },
    { side: 'offer' as const, quantity, limit: limit - 2 },
  ]),
)

describe('clearBook', () => {
  test.each([
    ['few price levels and ties', fewLevels, 1_500],
    ['negative prices', negative, 500],
    ['limits anywhere', spread, 500],
    ['one side alone', oneSided, 100],
    ['sides that do not meet', apart, 200],
    ['sides that balance', balanced, 400],
  ])(
    'makes the welfare of the linear program, at a price that is one of its dual optima: %s',
    (_, books, numRuns) => fc.assert(fc.property(books, requireOptimal), { numRuns }),
    300_000,
  )

  test('does so with thousands of orders', () => {
    for (const [count, levels] of [
      [1_000, 5],
      [2_000, 40],
      [3_000, 4_000],
    ] as const) {
      requireOptimal(madeBook(count, levels))
    }
  }, 300_000)
})

/**
 * The optimum of the program is a whole number: its one row has coefficients of 1 and -1, so that a vertex is whole.
 * The solver computes in floating point; what it finds is therefore rounded, after making sure that it is within 1e-6 of
 * a whole number, and compared without any tolerance. All figures stay below 2^53.
 */
function requireOptimal(orders: readonly Order[]): void {
  const clearing = clearBook(columnsOf(orders))
  const program = highs.solve(programOf(orders), { output_flag: false })
  expect(program.Status).toBe('Optimal')
  const optimum = Math.round(program.ObjectiveValue)
  expect(Math.abs(program.ObjectiveValue - optimum)).toBeLessThan(1e-6)

  expect(welfareOf(orders, clearing)).toBe(optimum)
  if (clearing.price === null) {
    expect(optimum).toBe(0)
    return
  }
  // Strong duality: the price is a dual optimum exactly if the surplus that it leaves to all orders is the optimum.
  expect(surplusAt(ticksOf(clearing.price), orders)).toBe(optimum)
  const lowest = ticksOf(clearing.interval!.lowest)
  const highest = ticksOf(clearing.interval!.highest)
  expect(surplusAt(lowest, orders)).toBe(optimum)
  expect(surplusAt(highest, orders)).toBe(optimum)
  // And no price beside the interval is one.
  expect(surplusAt(lowest - 1, orders)).toBeGreaterThan(optimum)
  expect(surplusAt(highest + 1, orders)).toBeGreaterThan(optimum)
  const { Dual: dual } = program.Rows[0] as { Dual: number }
  expect(dual).toBeGreaterThan(lowest - 1e-6)
  expect(dual).toBeLessThan(highest + 1e-6)
}

/** Buys what it sells, each order at most its quantity, for the greatest welfare, in ticks times Wh. */
function programOf(orders: readonly Order[]): string {
  const signed = (value: number, name: string) => `${value < 0 ? '-' : '+'} ${Math.abs(value)} ${name}`
  const welfare = orders.map(({ side, limit }, place) => signed(side === 'bid' ? limit : -limit, `x${place}`))
  const balance = orders.map(({ side }, place) => signed(side === 'bid' ? 1 : -1, `x${place}`))
  const bounds = orders.map(({ quantity }, place) => `0 <= x${place} <= ${quantity}`)
  return `Maximize\n w: ${welfare.join('\n ')}\nSubject To\n b: ${balance.join('\n ')} = 0\nBounds\n ${bounds.join('\n ')}\nEnd\n`
}

function columnsOf(orders: readonly Order[]): OrderBook {
  return {
    quantities: Uint32Array.from(orders, ({ side, quantity }) => quantity + (side === 'offer' ? OFFER_BIT : 0)),
    ticks: Uint16Array.from(orders, ({ limit }) => limit + ZERO_TICK),
  }
}

function welfareOf(orders: readonly Order[], { fills }: BookClearing): number {
  return orders.reduce((sum, { side, limit }, place) => sum + (side === 'bid' ? limit : -limit) * fills[place]!, 0)
}

/** What the orders would gain if each traded as much as it liked at the price: the dual objective. */
function surplusAt(tick: number, orders: readonly Order[]): number {
  const gain = ({ side, limit }: Order) => (side === 'bid' ? limit - tick : tick - limit)
  return orders.reduce((sum, order) => sum + Math.max(0, gain(order)) * order.quantity, 0)
}

function ticksOf(price: bigint): number {
  return Number(price / 100n)
}

function madeBook(count: number, levels: number): Order[] {
  let state = count
  const next = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return Array.from({ length: count }, () => ({
    side: next(2) === 0 ? ('bid' as const) : ('offer' as const),
    quantity: 1 + next(5_000),
    limit: next(levels) - Math.floor(levels / 2),
  }))
}
