import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { clearingOf } from '../market/clearing.ts'
import { deliveryPeriod, energyWh, price, rate } from '../units.ts'
import { linesOf, statementsOf } from './statement.ts'

const document = readFileSync(new URL('../../../docs/market.md', import.meta.url), 'utf8')

/** The rows of the table of docs/market.md whose first column has this heading and that has `columns` columns. */
function tableOf(columns: number): string[][] {
  const rows = document
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === columns)
  const start = rows.findIndex(([heading]) => heading === 'member')
  return rows.slice(start + 2)
}

const orderRows = tableOf(6)
const moneyRows = tableOf(7)
const orders = orderRows.map(([member, order, limit]) => {
  const [, side, quantity] = /^(bid|offer) (\d+) Wh$/.exec(order!)!
  return {
    trader: Number.parseInt(member!),
    side: side as 'bid' | 'offer',
    quantity: energyWh(BigInt(quantity!)),
    limitPrice: price(BigInt(Math.round(Number(limit) * 1_000_000))),
  }
})

const readings = orderRows.map((cells, position) => ({
  memberId: orders[position]!.trader,
  quality: 'metered' as const,
  import: energyWh(BigInt(cells[4]!)),
  export: energyWh(BigInt(cells[5]!)),
}))

function statementsWith(known: typeof readings) {
  const { fills, price: clearingPrice } = clearingOf(orders)
  return statementsOf({
    ...{ supplier: 101, dso: 102, taxAuthority: 103, platformOperator: 104 },
    period: deliveryPeriod(1_980_000),
    price: clearingPrice,
    fills: orders.map(({ trader, side }, position) => ({ memberId: trader, side, filled: fills[position]! })),
    readingVersion: 0,
    readings: known,
    tariff: {
      retail: rate(300_000n),
      feedIn: rate(80_000n),
      grid: rate(100_000n),
      gridLocal: rate(40_000n),
      levy: rate(20_500n),
      platformFee: rate(5_000n),
    },
  })
}

describe('the worked example of docs/market.md', () => {
  test('clears at the price and with the fills that are printed', () => {
    const clearing = clearingOf(orders)
    expect(clearing.price).toBe(200_000n)
    expect(clearing.volume).toBe(1_100n)
    expect(clearing.fills.map(String)).toEqual(orderRows.map((cells) => cells[3]))
  })

  test('has the middle as its price where Dana offers more', () => {
    const more = orders.map((order) => (order.trader === 6 ? { ...order, quantity: energyWh(900n) } : order))
    const { price: middle, interval } = clearingOf(more)
    expect(interval).toEqual({ lowest: 120_000n, highest: 200_000n })
    expect(middle).toBe(160_000n)
  })

  test('costs what is printed, line by line', () => {
    const statements = statementsWith(readings)
    const found = statements.map((statement) => {
      const lines = linesOf(statement)
      return [...lines, lines.reduce((sum, line) => sum + line, 0n)].map(String)
    })
    expect(found).toEqual(moneyRows.map((cells) => cells.slice(1)))
    moneyRows[0]!.slice(1).forEach((_, column) => {
      expect(moneyRows.reduce((sum, cells) => sum + Number(cells[column + 1]), 0)).toBe(0)
    })
  })
  test('has Dana buy at retail what she sold, were there no reading of hers', () => {
    const statements = statementsWith(readings.filter(({ memberId }) => memberId !== 6))
    expect(statements.find(({ memberId }) => memberId === 6)).toMatchObject({ quality: 'none', imbalance: 150_000n })
    expect(document).toContain('500 x 300 = 150000')
  })
})
