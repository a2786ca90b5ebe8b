import { readFileSync } from 'node:fs'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { isLeafOf, siblingsOf } from '../metering/merkle-sum-tree.ts'
import { deliveryPeriod, energyWh, money, price, rate, tradingDay, type Money } from '../units.ts'
import type { DayStatement } from './day-statement.ts'
import { encodePayments, paymentsOf } from './payment.ts'
import { emptyStatementOf, statementsOf, type FilledOrder, type Statement } from './statement.ts'
import { periodLeafOf, periodTreeOf, statementLeafOf, statementTreeOf, type PeriodStatement } from './statement-tree.ts'

const salt = `0x${'ab'.repeat(32)}`
const buyer: PeriodStatement = {
  ...emptyStatementOf(3, 1),
  period: deliveryPeriod(0x01020304),
  bought: energyWh(5n),
  quality: 'estimated',
  metered: { import: energyWh(7n), export: energyWh(1n) },
  energy: money(10n),
  imbalance: money(-1n),
  gridTariff: money(2n),
  levies: money(3n),
  platformFee: money(4n),
  salt,
}

describe('periodLeafOf', () => {
  test('lays a quarter-hour out in 110 bytes and adds up its charges and its credits', () => {
    const leaf = periodLeafOf(buyer)
    expect(bytesToHex(leaf.bytes)).toBe(
      '01020304' +
        '0000000000000005' +
        '0000000000000000' +
        '01' +
        '01' +
        '0000000000000007' +
        '0000000000000001' +
        '000000000000000a' +
        'ffffffffffffffff' +
        '0000000000000002' +
        '0000000000000003' +
        '0000000000000004' +
        'ab'.repeat(32),
    )
    expect(leaf).toMatchObject({ a: 19n, b: 1n })
    expect(leaf.bytes).toHaveLength(110)
  })

  test('is proved in the tree of the member’s day', () => {
    const next = { ...buyer, period: deliveryPeriod(buyer.period + 1) }
    const tree = periodTreeOf([buyer, next])
    expect(tree.root).toMatchObject({ count: 2, a: 38n, b: 2n })
    expect(isLeafOf(tree.root, periodLeafOf(next), 1, siblingsOf(tree, 1))).toBe(true)
    expect(isLeafOf(tree.root, periodLeafOf({ ...next, levies: money(2n) }), 1, siblingsOf(tree, 1))).toBe(false)
  })

  test('tells a missing reading from an energy of zero', () => {
    const zero: PeriodStatement = { ...buyer, metered: { import: energyWh(0n), export: energyWh(0n) } }
    const none: PeriodStatement = { ...buyer, metered: null, quality: 'none' }
    expect(periodLeafOf(none).bytes).not.toEqual(periodLeafOf(zero).bytes)
  })
})

describe('statementLeafOf', () => {
  const statement: DayStatement = {
    memberId: 3,
    day: tradingDay(20_000),
    run: 1,
    periodCount: 96,
    periodsRoot: `0x${'cd'.repeat(32)}`,
    charges: money(300n),
    credits: money(500n),
    previous: money(-250n),
    payment: money(50n),
    salt,
  }

  test('lays a day out in 98 bytes, and pays what is left of charges, credits and earlier runs', () => {
    const leaf = statementLeafOf(statement)
    expect(bytesToHex(leaf.bytes)).toBe(
      '000003' +
        '00004e20' +
        '01' +
        '0060' +
        'cd'.repeat(32) +
        '000000000000012c' +
        '00000000000001f4' +
        'ffffffffffffff06' +
        'ab'.repeat(32),
    )
    expect(leaf).toMatchObject({ a: 50n, b: 0n })
    expect(statementLeafOf({ ...statement, payment: money(-7n) })).toMatchObject({ a: 0n, b: 7n })
  })

  test('is proved in its tree, and a statement that was changed is not', () => {
    const seller: DayStatement = { ...statement, memberId: 4, payment: money(-50n) }
    const tree = statementTreeOf([statement, seller])
    expect(tree.root).toMatchObject({ a: 50n, b: 50n, count: 2 })
    const siblings = siblingsOf(tree, 1)
    expect(isLeafOf(tree.root, statementLeafOf(seller), 1, siblings)).toBe(true)
    const changed = [
      { memberId: 5 },
      { day: tradingDay(20_001) },
      { run: 2 },
      { periodCount: 95 },
      { previous: money(0n) },
    ]
    for (const change of changed) {
      expect(isLeafOf(tree.root, statementLeafOf({ ...seller, ...change }), 1, siblings)).toBe(false)
    }
  })
})

type Strings<Keys extends string> = Readonly<Record<Keys, string>>
type LineCase = Strings<'title' | 'period' | 'hasTrade' | 'price' | 'readingVersion' | 'fills'> & {
  tariff: Strings<'retail' | 'feedIn' | 'grid' | 'gridLocal' | 'levy' | 'platformFee'>
  statements: (Strings<
    | 'memberId'
    | 'boughtWh'
    | 'soldWh'
    | 'quality'
    | 'importWh'
    | 'exportWh'
    | 'energy'
    | 'imbalance'
    | 'gridTariff'
    | 'levies'
    | 'platformFee'
    | 'salt'
    | 'leaf'
    | 'charges'
    | 'credits'
  > & { tariffOnly: string | null })[]
}
type DayCase = Strings<'title' | 'day' | 'run' | 'payments' | 'paymentsHash'> & {
  root: Strings<'hash' | 'count' | 'a' | 'b'>
  statements: (Strings<
    'memberId' | 'periodCount' | 'periodsRoot' | 'charges' | 'credits' | 'previous' | 'payment' | 'salt' | 'leaf'
  > & { siblings: string[]; periods: (Strings<'leaf' | 'a' | 'b'> & { siblings: string[] })[] })[]
}

function readCases<Case>(name: string): Case[] {
  const file = new URL(`../../../test/vectors/${name}.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases
}

describe('test/vectors/settlement-lines.json', () => {
  test.each(readCases<LineCase>('settlement-lines'))('$title', (vector) => {
    const statements = statementsOf({
      period: deliveryPeriod(Number(vector.period)),
      fills: fillsOf(vector.fills),
      price: vector.hasTrade === '1' ? price(BigInt(vector.price)) : null,
      readingVersion: Number(vector.readingVersion),
      readings: vector.statements
        .filter(({ quality }) => quality !== '2')
        .map((of) => ({
          memberId: Number(of.memberId),
          quality: of.quality === '0' ? 'metered' : 'estimated',
          import: energyWh(BigInt(of.importWh)),
          export: energyWh(BigInt(of.exportWh)),
        })),
      tariff: {
        retail: rate(BigInt(vector.tariff.retail)),
        feedIn: rate(BigInt(vector.tariff.feedIn)),
        grid: rate(BigInt(vector.tariff.grid)),
        gridLocal: rate(BigInt(vector.tariff.gridLocal)),
        levy: rate(BigInt(vector.tariff.levy)),
        platformFee: rate(BigInt(vector.tariff.platformFee)),
      },
      supplier: 1,
      dso: 2,
      taxAuthority: 3,
      platformOperator: 4,
    })
    expect(statements.map((statement, index) => formatStatement(statement, vector, index))).toEqual(
      vector.statements.map(({ memberId, energy, imbalance, gridTariff, levies, platformFee, ...of }) => ({
        memberId,
        traded: [of.boughtWh, of.soldWh],
        lines: [energy, imbalance, gridTariff, levies, platformFee],
        tariffOnly: of.tariffOnly,
        leaf: of.leaf,
        sums: [of.charges, of.credits],
      })),
    )
  })
})

describe('test/vectors/settlement-days.json', () => {
  test.each(readCases<DayCase>('settlement-days'))('$title', (vector) => {
    const statements = vector.statements.map((of): DayStatement => {
      const [charges, credits, previous, payment] = [of.charges, of.credits, of.previous, of.payment].map(
        (amount) => BigInt(amount) as Money,
      ) as [Money, Money, Money, Money]
      expect(payment).toBe(charges - credits - previous)
      const { memberId, periodCount, periodsRoot } = of
      const numbers = { memberId: Number(memberId), periodCount: Number(periodCount), run: Number(vector.run) }
      const day = tradingDay(Number(vector.day))
      return { ...numbers, day, periodsRoot, charges, credits, previous, payment, salt: of.salt }
    })
    const tree = statementTreeOf(statements)
    const { hash, count, a, b } = vector.root
    expect(tree.root).toEqual({ hash, count: Number(count), a: BigInt(a), b: BigInt(b) })
    expect(encodePayments(paymentsOf(statements))).toBe(vector.payments)
    expect(`0x${bytesToHex(keccak_256(hexToBytes(vector.payments.slice(2))))}`).toBe(vector.paymentsHash)
    for (const [position, statement] of statements.entries()) {
      const of = vector.statements[position]!
      expect(`0x${bytesToHex(statementLeafOf(statement).bytes)}`).toBe(of.leaf)
      expect(siblingsOf(tree, position)).toEqual(of.siblings)
      const root = {
        hash: statement.periodsRoot,
        count: statement.periodCount,
        a: statement.charges,
        b: statement.credits,
      }
      for (const [index, period] of of.periods.entries()) {
        const leaf = { bytes: hexToBytes(period.leaf.slice(2)), a: BigInt(period.a), b: BigInt(period.b) }
        expect(isLeafOf(root, leaf, index, period.siblings)).toBe(true)
      }
    }
  })
})

/** Fills as the ledger states them: member 3 bytes, Wh 4 with the top bit set for an offer. */
function fillsOf(packed: string): FilledOrder[] {
  return (packed.slice(2).match(/.{14}/g) ?? []).map((fill) => {
    const [memberId, quantity] = [Number.parseInt(fill.slice(0, 6), 16), BigInt(`0x${fill.slice(6)}`)]
    const isOffer = quantity >= 2n ** 31n
    return { memberId, side: isOffer ? 'offer' : 'bid', filled: energyWh(isOffer ? quantity - 2n ** 31n : quantity) }
  })
}

function formatStatement(statement: Statement, vector: LineCase, index: number) {
  const salted = { ...statement, period: deliveryPeriod(Number(vector.period)), salt: vector.statements[index]!.salt }
  const leaf = periodLeafOf(salted)
  const { energy, imbalance, gridTariff, levies, platformFee } = statement
  return {
    memberId: String(statement.memberId),
    traded: [String(statement.bought), String(statement.sold)],
    lines: [energy, imbalance, gridTariff, levies, platformFee].map(String),
    tariffOnly: statement.tariffOnly === null ? null : String(statement.tariffOnly),
    leaf: `0x${bytesToHex(leaf.bytes)}`,
    sums: [String(leaf.a), String(leaf.b)],
  }
}
