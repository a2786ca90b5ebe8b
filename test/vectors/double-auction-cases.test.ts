import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { clearingOf, sortOrders } from '../../services/domain/market/clearing.ts'
import type { Side } from '../../services/domain/market/order.ts'
import { energyWh, price } from '../../services/domain/units.ts'

type Wish = { id: number; qty: number; price: number }
type Case = {
  id: string
  bids: Wish[]
  asks: Wish[]
  /** What the engine that the case comes from says, where it says so. */
  expected_source: { equilibrium_quantity?: number; equilibrium_price?: number; max_aggregated_utility?: number }
  computed_competitive_equilibrium: { volume: number; welfare: number; price_interval: [number, number] }
}

// Their amounts have at most three decimals, their prices one; ours are integers.
const WH_PER_UNIT = 1_000
const PRICE_PER_UNIT = 100_000

const shared = process.env.COMMONWATT_SHARED
const title = 'published double auctions clear with their known volume, welfare and price interval'

describe('clearingOf', () => {
  test.skipIf(shared === undefined)(
    shared === undefined ? `${title} (skipped: COMMONWATT_SHARED names no folder with the cases)` : title,
    () => {
      const file = path.join(shared!, 'data', 'market_cases', 'double_auction_cases.json')
      const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }
      expect(cases.length).toBeGreaterThan(0)

      for (const { id, bids, asks, expected_source: source, computed_competitive_equilibrium: expected } of cases) {
        const orders = sortOrders([
          ...bids.map((bid) => orderOf('bid', bid)),
          ...asks.map((ask) => orderOf('offer', ask)),
        ])
        const { price: cleared, volume, interval, fills } = clearingOf(orders)
        const welfare = orders.reduce(
          (sum, { side, limitPrice }, index) => sum + (side === 'bid' ? 1n : -1n) * limitPrice * fills[index]!,
          0n,
        )
        expect({ id, volume, interval, welfare }).toEqual({
          id,
          volume: scaled(expected.volume, WH_PER_UNIT),
          interval: {
            lowest: scaled(expected.price_interval[0], PRICE_PER_UNIT),
            highest: scaled(expected.price_interval[1], PRICE_PER_UNIT),
          },
          welfare: scaled(expected.welfare, WH_PER_UNIT * PRICE_PER_UNIT),
        })
        if (source.equilibrium_quantity !== undefined) {
          expect(volume).toBe(scaled(source.equilibrium_quantity, WH_PER_UNIT))
        }
        if (source.equilibrium_price !== undefined) {
          expect(cleared).toBe(scaled(source.equilibrium_price, PRICE_PER_UNIT))
        }
        if (source.max_aggregated_utility !== undefined) {
          expect(welfare).toBe(scaled(source.max_aggregated_utility, WH_PER_UNIT * PRICE_PER_UNIT))
        }
      }
    },
  )
})

function orderOf(side: Side, wish: Wish) {
  return {
    trader: wish.id,
    side,
    quantity: energyWh(scaled(wish.qty, WH_PER_UNIT)),
    limitPrice: price(scaled(wish.price, PRICE_PER_UNIT)),
  }
}

function scaled(value: number, factor: number): bigint {
  return BigInt(Math.round(value * factor))
}
