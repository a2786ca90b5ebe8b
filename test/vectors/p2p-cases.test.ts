import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { clearingOf, type ClearingOrder } from '../../services/domain/market/clearing.ts'
import { energyWh, price } from '../../services/domain/units.ts'

/** Cost of an exchange p is a/2 p^2 + b p, within pmin to pmax; p > 0 sells. */
type Agent = { a: number; b: number; pmin: number; pmax: number }
type Case = { id: string; agents: Agent[]; expected: { price: number; p: number[]; total_cost: number } }

const WH_PER_UNIT = 1_000
const PRICE_PER_UNIT = 100_000
/**
 * Orders are for a quantity at one limit, so a quadratic cost becomes a stair: an order for every step, whose limit is the
 * marginal cost in the middle of the step. The integral of a line over a step is its value in the middle times the width,
 * so welfare loses nothing; what a stair may lose is a part of a step at its end. With steps of 20 Wh every limit is a
 * tick exactly (the slope of both cases, 0.1 a unit, makes a step of two ticks), and the equilibria lie on borders of
 * steps. Exchanges and welfare are therefore asserted exactly, and the price to the tick; a price between two stairs may
 * differ by half a step, one tick, in general.
 */
const STEP_WH = 20

const shared = process.env.COMMONWATT_SHARED
const title = 'quadratic exchanges, cut into steps, clear at their unique price with their exchanges and welfare'

describe('clearingOf', () => {
  test.skipIf(shared === undefined)(
    shared === undefined ? `${title} (skipped: COMMONWATT_SHARED names no folder with the cases)` : title,
    () => {
      const file = path.join(shared!, 'data', 'market_cases', 'p2p_qp_cases.json')
      const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }
      expect(cases.length).toBeGreaterThan(0)
      for (const { id, agents, expected } of cases) {
        expect({ id, ...equilibriumOf(agents) }).toEqual({
          id,
          price: scaled(expected.price, PRICE_PER_UNIT),
          exchanges: expected.p.map((exchange) => scaled(exchange, WH_PER_UNIT)),
          cost: scaled(expected.total_cost, WH_PER_UNIT * PRICE_PER_UNIT),
        })
      }
    },
  )
})

function equilibriumOf(agents: readonly Agent[]) {
  const steps = agents.flatMap((agent, index) => stepsOf(agent).map((step) => ({ ...step, agent: index })))
  const orders: ClearingOrder[] = steps.map(({ side, limit }, position) => ({
    trader: position + 1,
    side,
    quantity: energyWh(BigInt(STEP_WH)),
    limitPrice: price(limit),
  }))
  const { price: cleared, fills } = clearingOf(orders)
  const exchanges = agents.map(() => 0n)
  let cost = 0n
  steps.forEach(({ side, limit, agent }, position) => {
    const exchange = side === 'offer' ? fills[position]! : -fills[position]!
    exchanges[agent]! += exchange
    cost += exchange * limit
  })
  return { price: cleared, exchanges, cost }
}

/** The agent's orders: offers from nothing up to pmax, bids from nothing down to pmin. */
function stepsOf({ a, b, pmin, pmax }: Agent): { side: 'bid' | 'offer'; limit: bigint }[] {
  const width = STEP_WH / WH_PER_UNIT
  const marginal = (exchange: number) => scaled(a * exchange + b, PRICE_PER_UNIT)
  const steps = (most: number) => Array.from({ length: Math.round(most / width) }, (_, step) => (step + 0.5) * width)
  return [
    ...steps(pmax).map((exchange) => ({ side: 'offer' as const, limit: marginal(exchange) })),
    ...steps(-pmin).map((exchange) => ({ side: 'bid' as const, limit: marginal(-exchange) })),
  ]
}

function scaled(value: number, factor: number): bigint {
  return BigInt(Math.round(value * factor))
}
