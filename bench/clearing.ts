import { clearingOf, sortOrders, type ClearingOrder } from '../services/domain/market/clearing.ts'
import { energyWh, price } from '../services/domain/units.ts'
import type { Figure } from './figure.ts'

const ORDERS = 20_000
const RUNS = 7

/** The TypeScript clearing, sorted orders in, price and every fill out, against a sort of the same prices. */
export function measureClearing(): Figure[] {
  const orders = makeOrders(ORDERS)
  const clearingMs = fastest(() => clearingOf(orders))
  const prices = Float64Array.from(orders, ({ limitPrice }) => Number(limitPrice))
  const sortMs = fastest(() => Float64Array.from(prices).sort())
  return [
    {
      name: 'clearing.ms20k',
      value: round(clearingMs),
      unit: 'ms',
      target: null,
      reference: `sort of the same 20,000 prices: ${round(sortMs)} ms (${round(clearingMs / sortMs)} times)`,
    },
  ]
}

function makeOrders(count: number): ClearingOrder[] {
  let state = 42
  const next = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state % limit
  }
  return sortOrders(
    Array.from({ length: count }, (_, memberId) => ({
      memberId: memberId + 1,
      side: next(2) === 0 ? ('bid' as const) : ('offer' as const),
      quantity: energyWh(BigInt(1 + next(4_000))),
      limitPrice: price(BigInt(next(3_000)) * 100n),
    })),
  )
}

function fastest(work: () => unknown): number {
  let best = Infinity
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now()
    work()
    best = Math.min(best, performance.now() - began)
  }
  return best
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
