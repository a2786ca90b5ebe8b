import { describe, expect, test } from 'vitest'
import { readEntry } from '../market/key-entry.ts'
import type { Calendar } from './areas.ts'
import { allowanceOf, entriesFor, type Trader } from './key-pages.ts'
import type { Member } from './members.ts'

const DAY = 20_000
const calendar = { gateClosureLead: 300 } as Calendar
const keyOf = (number: number) => `0x${number.toString(16).padStart(40, '0')}`

function traderOf(memberId: number, change: Partial<Member> = {}, funds = 96_000n * 4n): Trader {
  const member: Member = {
    memberId,
    area: 1,
    kind: 'household',
    account: keyOf(1_000 + memberId),
    tradingKey: keyOf(memberId),
    meterKey: keyOf(2_000 + memberId),
    quantityLimit: 5_000,
    deactivatedAt: null,
    delegation: null,
    standing: { sides: 3, tradesUntil: (DAY + 30) * 86_400 },
    ...change,
  }
  return { member, funds, lockedElsewhere: 0n }
}

const delegation = {
  key: keyOf(77),
  sides: 2,
  quantityLimit: 100,
  lowestPrice: 0,
  highestPrice: 200_000,
  expiry: DAY * 86_400 + 10 * 900 - 300,
}

describe('allowanceOf', () => {
  test('is a 96th of a quarter of the funds', () => {
    expect(allowanceOf(96_000n * 4n + 3n, 0n)).toBe(1_000)
  })

  test('is a 96th of what other days leave where that is less', () => {
    expect(allowanceOf(96_000n * 4n, 96_000n * 4n - 960n)).toBe(10)
    expect(allowanceOf(96_000n, 96_001n)).toBe(0)
  })
})

describe('entriesFor', () => {
  test('leaves out institutions, members without a key, and deactivated ones', () => {
    const traders = [
      traderOf(1, { kind: 'supplier' }),
      traderOf(2, { tradingKey: keyOf(0) }),
      traderOf(3, { deactivatedAt: 5 }),
      traderOf(4),
    ]
    const { entries, count, seen } = entriesFor(traders, calendar, DAY)
    expect([count, seen]).toEqual([1, 4])
    expect(readEntry(entries, 0)).toEqual({
      trader: 4,
      key: keyOf(4),
      sides: 3,
      validPeriods: 96,
      quantityLimit: 5_000,
      lowestTick: 0,
      highestTick: 45_000,
      allowance: 1_000,
    })
  })

  test('gives a delegated key the periods whose gates close before it expires', () => {
    const { entries, count } = entriesFor([traderOf(4, { delegation })], calendar, DAY)
    expect(count).toBe(2)
    // The gate of the day's period 10 closes at its very expiry.
    expect(readEntry(entries, 1)).toMatchObject({ key: keyOf(77), sides: 2, validPeriods: 11, quantityLimit: 100 })
    expect(readEntry(entries, 1)).toMatchObject({ lowestTick: 5_000, highestTick: 7_000, allowance: 1_000 })
  })

  test('gives none to a delegated key that expired the day before', () => {
    expect(entriesFor([traderOf(4, { delegation })], calendar, DAY + 1).count).toBe(1)
  })

  test('leaves out a member without its credentials, and one whose credentials expired the day before', () => {
    const traders = [
      traderOf(1, { standing: { sides: 0, tradesUntil: 0 } }),
      traderOf(2, { standing: { sides: 3, tradesUntil: DAY * 86_400 - 300 } }),
      traderOf(3),
    ]
    const { entries, count, seen } = entriesFor(traders, calendar, DAY)
    expect([count, seen]).toEqual([1, 3])
    expect(readEntry(entries, 0).trader).toBe(3)
  })

  test('gives a member the sides and periods of its credentials, and its delegated key no more', () => {
    // The gate of the day's period 5 closes 300 s before it, and the credentials expire in that second.
    const standing = { sides: 1, tradesUntil: DAY * 86_400 + 5 * 900 - 300 }
    const both = { ...delegation, sides: 3 }
    const { entries, count } = entriesFor([traderOf(4, { standing, delegation: both })], calendar, DAY)
    expect(count).toBe(2)
    expect(readEntry(entries, 0)).toMatchObject({ key: keyOf(4), sides: 1, validPeriods: 5 })
    expect(readEntry(entries, 1)).toMatchObject({ key: keyOf(77), sides: 1, validPeriods: 5 })
    expect(entriesFor([traderOf(4, { standing, delegation })], calendar, DAY).count).toBe(1)
  })

  test('stops before a member whose two keys do not fit on a page of 600', () => {
    const traders = Array.from({ length: 599 }, (_, place) => traderOf(place + 1))
    const both = traderOf(600, { delegation })
    expect(entriesFor([...traders, both, traderOf(601)], calendar, DAY)).toMatchObject({ count: 599, seen: 599 })
  })
})
