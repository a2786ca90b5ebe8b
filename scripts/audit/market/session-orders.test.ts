import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orderDigest, orderDomain, signOrder } from '../../../services/chain/orders.ts'
import { packOrders } from '../../../services/chain/packed-orders.ts'
import type { LedgerAddresses } from '../../../services/chain/ledger.ts'
import { addressOfKey } from '../../../services/chain/typed-data.ts'
import { priceOf } from '../../../services/domain/market/clearing-book.ts'
import { clearingOf } from '../../../services/domain/market/clearing.ts'
import { countingOrdersOf, validOrdersOf } from '../../../services/domain/market/validity.ts'
import { deliveryPeriod, energyWh, money, rate } from '../../../services/domain/units.ts'
import { concat, hexOf } from '../ledger/hex.ts'
import { readEntry, writeEntry, type KeyEntry } from './key-entry.ts'
import { domainSeparatorOf, signatureCheckOf } from './order-signer.ts'
import { clearSession } from './session-clearing.ts'

const AUCTION = `0x${'11'.repeat(20)}`
const domain = orderDomain({ chainId: 31_337n, addresses: { callAuction: AUCTION } as LedgerAddresses })
const separator = domainSeparatorOf(31_337, AUCTION)
const AREA = 1
const PERIOD = deliveryPeriod(1_920_010)
const GATE_CLOSURE = PERIOD * 900 - 300
const RATES = { retail: 300_000, feedIn: -20_000, platformFee: 5_000 }
const privateKeyOf = (number: number) => `0x${(number + 1).toString(16).padStart(64, '0')}`

/** Three members: the first with a delegated key as well, which may only offer, in few periods, little, and not cheaply. */
const entries: readonly KeyEntry[] = [3, 3, 5, 9].map((trader, index) => ({
  trader,
  key: addressOfKey(privateKeyOf(index)),
  sides: index === 1 ? 2 : 3,
  validPeriods: index === 1 ? 11 : 96,
  quantityLimit: index === 1 ? 500 : 2_000,
  lowestTick: index === 1 ? 5_500 : 0,
  highestTick: 45_000,
  allowance: 300,
}))

const wish = fc.record({
  entryIndex: fc.integer({ min: 0, max: 4 }),
  signer: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null, freq: 1 }),
  side: fc.constantFrom('bid' as const, 'offer' as const),
  quantity: fc.integer({ min: 0, max: 2_200 }),
  tick: fc.integer({ min: 4_700, max: 8_000 }),
  salt: fc.bigInt({ min: 0n, max: 9n }),
  life: fc.constantFrom(0, 1, 60),
})
type Wish = typeof wish extends fc.Arbitrary<infer Value> ? Value : never

function signedOf({ entryIndex, signer, side, quantity, tick, salt, life }: Wish) {
  const trader = entries[entryIndex]?.trader ?? 7
  const order = {
    area: AREA,
    trader,
    deliveryPeriod: PERIOD,
    side,
    quantity: energyWh(BigInt(quantity)),
    limitPrice: priceOf(tick),
    expiry: GATE_CLOSURE + life,
    salt,
  }
  // Most orders are signed by the key that they name.
  const key = signer ?? entryIndex
  return {
    order: { ...order, signature: signOrder(domain, order, privateKeyOf(key)) },
    signer: addressOfKey(privateKeyOf(key)),
  }
}

const tradingKeys = entries.map((entry, index) => ({
  index,
  trader: entry.trader,
  key: entry.key,
  mayBid: (entry.sides & 1) !== 0,
  mayOffer: (entry.sides & 2) !== 0,
  validPeriods: entry.validPeriods,
  quantityLimit: energyWh(BigInt(entry.quantityLimit)),
  lowestPrice: priceOf(entry.lowestTick),
  highestPrice: priceOf(entry.highestTick),
  allowance: money(BigInt(entry.allowance)),
}))

describe('signatureCheckOf', () => {
  test('makes the digest that wallets sign', () => {
    const { order } = signedOf({
      entryIndex: 0,
      signer: null,
      side: 'offer',
      quantity: 77,
      tick: 0,
      salt: 5n,
      life: 60,
    })
    const salt = Buffer.from('0000000000000005', 'hex')
    const terms = { trader: 3, side: 1, quantity: 77, tick: 0, expiry: GATE_CLOSURE + 60, salt }
    expect(hexOf(signatureCheckOf(separator, AREA, PERIOD).digestOf(terms))).toBe(orderDigest(domain, order))
  })

  test('takes a signature of its key only, and no second one made out of it', () => {
    const { order } = signedOf({
      entryIndex: 0,
      signer: null,
      side: 'bid',
      quantity: 1,
      tick: 6_000,
      salt: 0n,
      life: 0,
    })
    const terms = { trader: 3, side: 0, quantity: 1, tick: 6_000, expiry: GATE_CLOSURE, salt: new Uint8Array(8) }
    const check = signatureCheckOf(separator, AREA, PERIOD)
    const signature = Uint8Array.from(Buffer.from(order.signature.slice(2), 'hex'))
    const keyBytes = (index: number) => Buffer.from(entries[index]!.key.slice(2), 'hex')
    expect(check.isSignedBy(terms, signature, keyBytes(0))).toBe(true)
    expect(check.isSignedBy(terms, signature, keyBytes(1))).toBe(false)
    expect(check.isSignedBy({ ...terms, quantity: 2 }, signature, keyBytes(0))).toBe(false)
    expect(check.isSignedBy(terms, mirrored(signature), keyBytes(0))).toBe(false)
    expect(check.isSignedBy(terms, randomBytes(64), keyBytes(0))).toBe(false)
  })
})

describe('clearSession', () => {
  test('counts, clears and fills what the rules of the market do, on any batch and any opened orders', () => {
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 8 }), fc.array(wish, { maxLength: 3 }), (batch, openedWishes) => {
        const sorted = [...batch].sort((one, other) => one.entryIndex - other.entryIndex)
        const keyed = sorted.map((each) => {
          const { order, signer } = signedOf(each)
          return { order, signer, revokedAt: null, entry: tradingKeys[each.entryIndex] ?? null, index: each.entryIndex }
        })
        // Opened orders were checked when they were: only such as would be are opened, and one of a member and side.
        const single = new Map(
          openedWishes
            .map((each) => ({ ...each, signer: null }))
            .filter(({ entryIndex }) => entryIndex < entries.length)
            .map((each) => [`${entries[each.entryIndex]!.trader}:${each.side}`, each]),
        )
        const opened = [...single.values()].flatMap((each) => {
          const { order, signer } = signedOf(each)
          const entry = tradingKeys[each.entryIndex]!
          const context = { gateClosure: GATE_CLOSURE, rates: ratesOf() }
          return validOrdersOf([{ order, entry, signer, revokedAt: null }], context).valid
        })

        const { valid } = validOrdersOf(keyed, { gateClosure: GATE_CLOSURE, rates: ratesOf() })
        const counting = countingOrdersOf(
          valid.map(({ order, entry }) => ({ order, entry })),
          opened.map(({ order, entry }) => ({ order, entry })),
          ratesOf(),
        )
        const expected = clearingOf(counting.map(({ order }) => order))

        const packable = (order: (typeof keyed)[number]['order'], index: number) =>
          packOrders([{ order, entry: { index } }], GATE_CLOSURE)
        const result = clearSession({
          area: AREA,
          period: PERIOD,
          gateClosure: GATE_CLOSURE,
          ...RATES,
          domainSeparator: separator,
          entries: concat(entries.map(writeEntry)),
          revokedEntries: [],
          chunks: [concat(keyed.map(({ order, index }) => packable(order, index)))],
          opened: opened.map(({ order, entry }) => packable(order, entry.index).subarray(0, 20)),
        })
        expect(result.voidOrders).toHaveLength(keyed.length - valid.length)
        expect(result.validCount).toBe(counting.length)
        expect(result.price).toBe(expected.price === null ? null : Number(expected.price))
        expect(result.volume).toBe(Number(expected.volume))
        expect(result.fills[0]!.length / 7).toBe(expected.fills.filter((fill) => fill > 0n).length)
      }),
      { numRuns: 150 },
    )
  })

  test('takes an order of a key that was revoked for void', () => {
    const { order } = signedOf({
      entryIndex: 2,
      signer: null,
      side: 'bid',
      quantity: 5,
      tick: 6_000,
      salt: 1n,
      life: 0,
    })
    const chunks = [packOrders([{ order, entry: { index: 2 } }], GATE_CLOSURE)]
    const facts = {
      area: AREA,
      period: PERIOD,
      gateClosure: GATE_CLOSURE,
      ...RATES,
      domainSeparator: separator,
      opened: [],
    }
    const result = clearSession({ ...facts, chunks, entries: concat(entries.map(writeEntry)), revokedEntries: [2] })
    expect(result.voidOrders).toEqual([{ position: 0, trader: 5, reason: 'its key was revoked' }])
  })
})

test('a session of two chunks comes to what it comes to in one', () => {
  const wishes = fc.array(wish, { minLength: 2, maxLength: 8 })
  fc.assert(
    fc.property(wishes, wishes, fc.nat(), (batch, openedWishes, cut) => {
      const packed = [...batch]
        .sort((one, other) => one.entryIndex - other.entryIndex)
        .map((each) => packOrders([{ order: signedOf(each).order, entry: { index: each.entryIndex } }], GATE_CLOSURE))
      const [first] = openedWishes.filter(({ entryIndex, quantity }) => entryIndex === 0 && quantity < 500)
      const opened =
        first === undefined
          ? []
          : [packOrders([{ order: signedOf(first).order, entry: { index: 0 } }], GATE_CLOSURE).subarray(0, 20)]
      const place = cut % packed.length
      const parts = [concat(packed.slice(0, place)), concat(packed.slice(place))]
      const facts = {
        area: AREA,
        period: PERIOD,
        gateClosure: GATE_CLOSURE,
        ...RATES,
        domainSeparator: separator,
        opened,
      }
      const clear = (chunks: readonly Uint8Array[]) =>
        clearSession({ ...facts, chunks, entries: concat(entries.map(writeEntry)), revokedEntries: [] })
      const [whole, split] = [clear([concat(packed)]), clear(parts)]
      expect(split.fills).toHaveLength(2)
      expect(hexOf(concat(split.fills))).toBe(hexOf(whole.fills[0]!))
      expect({ ...split, fills: null, fillsHash: null, ordersHash: null }).toEqual({
        ...whole,
        fills: null,
        fillsHash: null,
        ordersHash: null,
      })
    }),
    { numRuns: 100 },
  )
})

test('an entry of a key page is read as it is written', () => {
  expect(entries.map((entry) => readEntry(writeEntry(entry), 0))).toEqual(entries)
})

function ratesOf() {
  return {
    retail: rate(BigInt(RATES.retail)),
    feedIn: rate(BigInt(RATES.feedIn)),
    platformFee: rate(BigInt(RATES.platformFee)),
  }
}

/** The other signature that verifies: n - s, with the other parity. */
function mirrored(signature: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = BigInt(hexOf(signature.subarray(32))) & ((1n << 255n) - 1n)
  const parity = signature[32]! >> 7
  const lower = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  if (parity === 0) lower[0]! |= 0x80
  return Buffer.concat([signature.subarray(0, 32), lower])
}
