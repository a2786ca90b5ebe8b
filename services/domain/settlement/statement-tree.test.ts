import { bytesToHex } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { isLeafOf, siblingsOf } from '../metering/merkle-sum-tree.ts'
import { deliveryPeriod, energyWh, money } from '../units.ts'
import { statementLeafOf, statementTreeOf, type SaltedStatement } from './statement-tree.ts'

const PERIOD = deliveryPeriod(0x01020304)
const salt = `0x${'ab'.repeat(32)}`
const buyer: SaltedStatement = {
  memberId: 3,
  bought: energyWh(5n),
  sold: energyWh(0n),
  metered: { import: energyWh(7n), export: energyWh(1n) },
  market: money(1n),
  imbalance: money(-1n),
  gridTariff: money(2n),
  tariffOnly: money(9n),
  salt,
}
const seller: SaltedStatement = { ...buyer, memberId: 4, bought: energyWh(0n), sold: energyWh(5n), metered: null }

describe('statementLeafOf', () => {
  test('lays the statement out in 96 bytes', () => {
    expect(bytesToHex(statementLeafOf(PERIOD, buyer).bytes)).toBe(
      '000003' +
        '01020304' +
        '0000000000000005' +
        '0000000000000000' +
        '01' +
        '0000000000000007' +
        '0000000000000001' +
        '0000000000000001' +
        'ffffffffffffffff' +
        '0000000000000002' +
        'ab'.repeat(32),
    )
  })

  test('tells a missing reading from an energy of zero', () => {
    const zero = { ...buyer, metered: { import: energyWh(0n), export: energyWh(0n) } }
    expect(statementLeafOf(PERIOD, { ...buyer, metered: null }).bytes).not.toEqual(statementLeafOf(PERIOD, zero).bytes)
  })
})

describe('statementTreeOf', () => {
  test('commits to as many Wh bought as sold, and proves each statement', () => {
    const tree = statementTreeOf(PERIOD, [buyer, seller])
    expect(tree.root).toMatchObject({ a: 5n, b: 5n, count: 2 })
    expect(isLeafOf(tree.root, statementLeafOf(PERIOD, seller), 1, siblingsOf(tree, 1))).toBe(true)
    expect(isLeafOf(tree.root, statementLeafOf(PERIOD, { ...seller, market: money(2n) }), 1, siblingsOf(tree, 1))).toBe(
      false,
    )
  })
})
