import { describe, expect, test } from 'vitest'
import type { HouseholdOrdersPage, HouseholdPeriod } from '../../lib/api-client.ts'
import { orderRowsOf, placedOrderOf } from './orders.ts'
import { chartQuarterHoursOf, quarterHoursOf } from './quarter-hours.ts'

const settled: HouseholdPeriod = {
  period: 100,
  sessionState: 'settled',
  reading: { importWh: '500', exportWh: '0' },
  fills: [],
  boughtWh: '300',
  soldWh: '0',
  priceMicroEuroPerKwh: '150000',
  statement: {
    marketMicroEuro: '45000',
    imbalanceMicroEuro: '57200',
    gridTariffMicroEuro: '19400',
    totalMicroEuro: '121600',
    tariffOnlyMicroEuro: '173500',
    savingMicroEuro: '51900',
  },
  paymentMicroEuro: '121600',
}
const silent: HouseholdPeriod = {
  ...settled,
  period: 101,
  reading: null,
  statement: { ...settled.statement!, tariffOnlyMicroEuro: null, savingMicroEuro: null },
}
const waiting: HouseholdPeriod = { ...settled, period: 102, sessionState: 'cleared', reading: null, statement: null }

describe('quarterHoursOf', () => {
  const { items, earlier } = quarterHoursOf({ items: [waiting, silent, settled], nextBefore: 100 })

  test('splits what was metered by what was traded', () => {
    expect(items[2]).toMatchObject({ flows: { fromNeighbours: 300n, fromGrid: 200n }, statement: { saving: 51_900n } })
  })

  test('tells a missing reading from one that is still to come', () => {
    expect(items[1]).toMatchObject({ isMetered: true, flows: null, statement: { tariffOnly: null } })
    expect(items[0]).toMatchObject({ isMetered: false, flows: null, statement: null })
  })

  test('knows where the earlier ones begin', () => {
    expect(earlier).toBe(100)
  })

  test('charts ascending, marks a missing reading and leaves out what is still to come', () => {
    expect(chartQuarterHoursOf(items)).toEqual([
      { period: 100, fromNeighbours: 0.3, fromGrid: 0.2, toNeighbours: -0, toGrid: -0, noReading: null },
      { period: 101, fromNeighbours: null, fromGrid: null, toNeighbours: null, toGrid: null, noReading: 0 },
    ])
  })
})

describe('orders', () => {
  const order: HouseholdOrdersPage['items'][number]['orders'][number] = {
    digest: '0x1',
    side: 'bid',
    quantityWh: '500',
    limitPriceMicroEuroPerKwh: '286000',
    receivedAt: 89_000,
    filledWh: '300',
  }

  test('tell their outcome by what was filled', () => {
    const outcomes = ['500', '300', '0', null].map((filledWh) => placedOrderOf(100, { ...order, filledWh }).outcome)
    expect(outcomes).toEqual(['filled', 'partly filled', 'unfilled', 'binding'])
  })

  test('of a session whose gate is open are a sealed row without an order', () => {
    const rows = orderRowsOf({
      items: [
        { period: 101, isSealed: true, orders: [] },
        { period: 100, isSealed: false, orders: [order] },
      ],
      nextBefore: null,
    })
    expect(rows.map(({ period, order: placed }) => [period, placed?.quantity ?? null])).toEqual([
      [101, null],
      [100, 500n],
    ])
  })
})
