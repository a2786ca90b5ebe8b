import { describe, expect, test } from 'vitest'
import { addressOfSearch } from './search.ts'

const names = new Map([[6, 'home_06']])

describe('addressOfSearch', () => {
  test('takes a whole hash for a transaction, however it is written', () => {
    expect(addressOfSearch(` 0x${'AB'.repeat(32)} `, names)).toBe(`/ledger/transactions/0x${'ab'.repeat(32)}`)
  })

  test('takes a small number for a block and a large one for a delivery period', () => {
    expect(addressOfSearch('4,014', names)).toBe('/ledger/blocks/4014')
    expect(addressOfSearch('1994640', names)).toBe('/ledger/sessions/1994640')
  })

  test('finds a home by its name', () => {
    expect(addressOfSearch('Home_06', names)).toBe('/ledger?home=6')
  })

  test.each(['0x1234', 'home_99', '99999999999', '-5'])('leads nowhere for %j', (text) => {
    expect(addressOfSearch(text, names)).toBeNull()
  })
})
