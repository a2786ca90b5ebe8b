import { describe, expect, test } from 'vitest'
import { chartPointsOf, meanPriceOf, sessionPointsOf, type SessionPoint } from './session-points.ts'
import { nextSessionOf } from './useNextSession.ts'

const traded: SessionPoint = { period: 11, state: 'settled', orderCount: 8, price: 150_000n, volume: 2_000n }
const dear: SessionPoint = { period: 12, state: 'cleared', orderCount: 8, price: 300_000n, volume: 1_000n }
const untraded: SessionPoint = { period: 13, state: 'cleared', orderCount: 8, price: null, volume: 0n }
const open: SessionPoint = { period: 14, state: 'open', orderCount: null, price: null, volume: null }

test('sessionPointsOf keeps what is not known apart from zero', () => {
  const [first] = sessionPointsOf({
    items: [
      {
        period: 14,
        startsAt: 12_600,
        gateClosesAt: 12_300,
        state: 'open',
        orderCount: null,
        priceMicroEuroPerKwh: null,
        volumeWh: null,
      },
    ],
  })
  expect(first).toEqual(open)
})

test('chartPointsOf is ascending, leaves out what has not cleared and breaks the line where nothing was traded', () => {
  expect(chartPointsOf([open, untraded, dear, traded])).toEqual([
    { period: 11, price: 0.15, volume: 2 },
    { period: 12, price: 0.3, volume: 1 },
    { period: 13, price: null, volume: 0 },
  ])
})

describe('meanPriceOf', () => {
  test('weighs each price by its volume', () => {
    expect(meanPriceOf([traded, dear, untraded, open])).toBe(200_000n)
  })

  test('stays on the tick', () => {
    expect(meanPriceOf([traded, { ...dear, price: 150_100n }])).toBe(150_000n)
  })

  test('is null where nothing was traded', () => {
    expect(meanPriceOf([untraded, open])).toBeNull()
  })
})

describe('nextSessionOf', () => {
  const next = { period: 14, time: 12_300 }

  test('counts down in ledger time', () => {
    expect(nextSessionOf(next, 12_075)).toMatchObject({ remaining: '3 min 45 s', passed: '75%' })
  })

  test('stops when the gate has closed', () => {
    expect(nextSessionOf(next, 12_400)).toMatchObject({ remaining: '0 s', passed: '100%' })
  })

  test("does not guess while the ledger's time is not known", () => {
    expect(nextSessionOf(next, null)).toMatchObject({ remaining: null, passed: '0%' })
  })
})
