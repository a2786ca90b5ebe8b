import { expect, test } from 'vitest'
import { joinAddress, ledgerAddress, tracePeriodAddress } from './addresses.ts'

test("the ledger's address leaves out what is the default", () => {
  expect(ledgerAddress()).toBe('/ledger')
  expect(ledgerAddress({ view: 'events', kind: 'all' })).toBe('/ledger')
})

test("the ledger's address names the kind and the home that are wanted", () => {
  expect(ledgerAddress({ kind: 'accounts', memberId: 6 })).toBe('/ledger?kind=accounts&home=6')
})

test('a trace belongs to its household', () => {
  expect(tracePeriodAddress(3, 1_630_000)).toBe('/households/3/periods/1630000')
})

test('the code of an invitation is behind the hash, which no server is told', () => {
  const { pathname, hash, search } = new URL(joinAddress('https://market.example', 'Ab-_9'))
  expect([pathname, search, hash]).toEqual(['/join', '', '#Ab-_9'])
})
