import { describe, expect, test } from 'vitest'
import type { HouseholdOrdersPage, HouseholdPeriod, Trace } from '../../lib/api-client.ts'
import { orderRowsOf, tracedOrdersOf } from './orders.ts'
import { chartQuarterHoursOf, quarterHoursOf } from './quarter-hours.ts'

const settled: HouseholdPeriod = {
  period: 100,
  sessionState: 'settled',
  reading: { importWh: '500', exportWh: '0', quality: 'metered', version: 0 },
  fills: [],
  boughtWh: '300',
  soldWh: '0',
  priceMicroEuroPerKwh: '150000',
  statement: {
    energyMicroEuro: '45000',
    imbalanceMicroEuro: '57200',
    gridTariffMicroEuro: '19400',
    leviesMicroEuro: '10000',
    platformFeeMicroEuro: '1500',
    totalMicroEuro: '133100',
    tariffOnlyMicroEuro: '173500',
    savingMicroEuro: '40400',
    run: 0,
    quality: 'metered',
    settlementState: 'paid',
  },
}
const silent: HouseholdPeriod = {
  ...settled,
  period: 101,
  reading: null,
  statement: { ...settled.statement!, tariffOnlyMicroEuro: null, savingMicroEuro: null },
}
const estimated: HouseholdPeriod = {
  ...settled,
  period: 103,
  reading: { ...settled.reading!, quality: 'estimated' },
  statement: { ...settled.statement!, quality: 'estimated', settlementState: 'drawn-up' },
}
const waiting: HouseholdPeriod = { ...settled, period: 102, sessionState: 'cleared', reading: null, statement: null }

describe('quarterHoursOf', () => {
  const { items, earlier } = quarterHoursOf({ items: [waiting, silent, settled], nextBefore: 100 })

  test('splits what was metered by what was traded', () => {
    expect(items[2]).toMatchObject({ flows: { fromNeighbours: 300n, fromGrid: 200n }, statement: { saving: 40_400n } })
  })

  test('says which readings are estimated, and how far their settlement has come', () => {
    const flagged = quarterHoursOf({ items: [estimated, settled], nextBefore: null }).items
    expect(flagged.map(({ isEstimated, statement }) => [isEstimated, statement?.settlement])).toEqual([
      [true, 'drawn-up'],
      [false, 'paid'],
    ])
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
    isSuperseded: false,
    filledWh: '300',
  }
  const outcomesOf = (sessionState: Trace['sessionState'], orders: Partial<typeof order>[]) => {
    const traced = orders.map((changes) => ({ ...order, ...changes, position: 1, expiry: 90_000 }))
    return tracedOrdersOf({ period: 100, sessionState, orders: traced } as Trace).map(({ outcome }) => outcome)
  }

  test('tell their outcome by what was filled', () => {
    const fills = ['500', '300', '0', null].map((filledWh) => ({ filledWh }))
    expect(outcomesOf('cleared', fills)).toEqual(['filled', 'partly filled', 'unfilled', 'left out'])
  })

  test('tell a replaced order and a cancellation from one that counts', () => {
    const orders = [
      { filledWh: null, isSuperseded: true },
      { filledWh: '0', quantityWh: '0' },
    ]
    expect(outcomesOf('settled', orders)).toEqual(['replaced', 'cancellation'])
  })

  test('of a session that is not cleared are a sealed row without an order', () => {
    const rows = orderRowsOf({
      items: [
        { period: 101, sessionState: 'open', isSealed: true, orders: [] },
        { period: 100, sessionState: 'cleared', isSealed: false, orders: [order] },
      ],
      nextBefore: null,
    })
    expect(rows.map(({ period, order: placed }) => [period, placed?.quantity ?? null])).toEqual([
      [101, null],
      [100, 500n],
    ])
  })
})
