import { describe, expect, test } from 'vitest'
import { decodeKeyPage } from './trading-days.ts'

const OWN = '000004' + '11'.repeat(20) + '03' + '60' + '000003e8' + '0000' + 'afc8' + '0000000005'
const DELEGATED = '010004' + 'AB'.repeat(20) + '02' + '0a' + '7fffffff' + '1388' + '1389' + 'ffffffffff'

describe('decodeKeyPage', () => {
  test('reads 38 bytes an entry behind the byte that stops whoever calls the page', () => {
    expect(decodeKeyPage(`0x00${OWN}${DELEGATED}`)).toEqual([
      {
        trader: 4,
        key: `0x${'11'.repeat(20)}`,
        mayBid: true,
        mayOffer: true,
        validPeriods: 96,
        quantityLimit: 1_000n,
        lowestPrice: -500_000n,
        highestPrice: 4_000_000n,
        allowance: 5n,
      },
      {
        trader: 0x010004,
        key: `0x${'ab'.repeat(20)}`,
        mayBid: false,
        mayOffer: true,
        validPeriods: 10,
        quantityLimit: 2n ** 31n - 1n,
        lowestPrice: 0n,
        highestPrice: 100n,
        allowance: 2n ** 40n - 1n,
      },
    ])
  })

  test('reads a page without entries', () => {
    expect(decodeKeyPage('0x00')).toEqual([])
  })
})
