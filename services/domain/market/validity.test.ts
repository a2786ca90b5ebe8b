import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh, HIGHEST_PRICE, LOWEST_PRICE, money, price, rate } from '../units.ts'
import { exposureOf } from './exposure.ts'
import { rankOf, type Order } from './order.ts'
import type { TradingKeyEntry } from './trading-key.ts'
import { countingOrdersOf, validityOf, validOrdersOf, voidOrderError, type ValidityContext } from './validity.ts'

const KEY = `0x${'11'.repeat(20)}`
const PERIOD = deliveryPeriod(96 * 100 + 10)
const GATE_CLOSURE = 9_000_000
const rates = { retail: rate(300_000n), feedIn: rate(0n), platformFee: rate(0n) }
const session = { gateClosure: GATE_CLOSURE, rates }

const entryOf = (trader: number, change: Partial<TradingKeyEntry> = {}): TradingKeyEntry => ({
  index: trader,
  trader,
  key: KEY,
  mayBid: true,
  mayOffer: true,
  validPeriods: 96,
  quantityLimit: energyWh(5_000n),
  lowestPrice: LOWEST_PRICE,
  highestPrice: HIGHEST_PRICE,
  allowance: money(300_000n),
  ...change,
})
/** A bid of 1 kWh at 0.30 EUR/kWh, which puts 300,000 micro-euro at risk. */
const orderOf = (change: Partial<Order> = {}): Order => ({
  area: 1,
  trader: 3,
  deliveryPeriod: PERIOD,
  side: 'bid',
  quantity: energyWh(1_000n),
  limitPrice: price(300_000n),
  expiry: GATE_CLOSURE,
  salt: 1n,
  ...change,
})
const judge = (
  order: Partial<Order>,
  entry: Partial<TradingKeyEntry> | null = {},
  context: Partial<ValidityContext> = {},
) =>
  validityOf(orderOf(order), entry === null ? null : entryOf(3, entry), {
    ...session,
    signer: KEY,
    revokedAt: null,
    otherExposure: money(0n),
    ...context,
  })

describe('validityOf', () => {
  test('finds nothing wrong with an order at every limit of its key', () => {
    expect(
      judge({}, { quantityLimit: energyWh(1_000n), highestPrice: price(300_000n), validPeriods: 11, mayOffer: false }),
    ).toBeNull()
  })

  test.each([
    ['a key that was not published', judge({}, null), 'order-unknown-key'],
    ['a key of somebody else', judge({}, { trader: 4 }), 'order-unknown-key'],
    ['an expiry a second before gate closure', judge({ expiry: GATE_CLOSURE - 1 }), 'order-expired'],
    ['a side that the key may not take', judge({}, { mayBid: false }), 'order-outside-delegation'],
    ['the other side', judge({ side: 'offer' }, { mayOffer: false }), 'order-outside-delegation'],
    ['a period after the delegation', judge({}, { validPeriods: 10 }), 'order-outside-delegation'],
    ['a limit a tick too high', judge({}, { highestPrice: price(299_900n) }), 'order-outside-delegation'],
    ['a limit a tick too low', judge({}, { lowestPrice: price(300_100n) }), 'order-outside-delegation'],
    ['a Wh more than its key may trade', judge({}, { quantityLimit: energyWh(999n) }), 'order-over-limit'],
    ['a micro-euro above the allowance', judge({}, { allowance: money(299_999n) }), 'order-over-allowance'],
    ['what its other order leaves too little for', judge({}, {}, { otherExposure: money(1n) }), 'order-over-allowance'],
    ['a key revoked as the gate closed', judge({}, {}, { revokedAt: GATE_CLOSURE }), 'order-key-revoked'],
    ['another signer', judge({}, {}, { signer: `0x${'22'.repeat(20)}` }), 'order-signature-invalid'],
    ['no signature', judge({}, {}, { signer: null }), 'order-signature-invalid'],
  ])('names %s', (_, found, reason) => {
    expect(found).toBe(reason)
  })

  test('lets a key sign that is revoked after gate closure, and anybody cancel', () => {
    expect(judge({}, {}, { revokedAt: GATE_CLOSURE + 1 })).toBeNull()
    expect(judge({ quantity: energyWh(0n) }, { allowance: money(0n) })).toBeNull()
  })

  test('has words for every reason, with the numbers that explain it', () => {
    const words = (reason: Parameters<typeof voidOrderError>[0]) =>
      voidOrderError(reason, orderOf(), entryOf(3), { ...session, otherExposure: money(7n) })
    expect(words('order-over-allowance').message).toBe(
      "the order puts 300000 micro-euro at risk, the member's other order 7, and its allowance for one session is " +
        '300000 micro-euro: deposit more for the days to come',
    )
    expect(words('order-over-limit')).toMatchObject({
      code: 'order-over-limit',
      message: 'the order is for 1000 Wh, and its key may trade at most 5000 Wh in one order',
    })
    expect(words('order-expired').message).toContain(`${GATE_CLOSURE}`)
  })
})

const keyed = (order: Partial<Order>, entry: Partial<TradingKeyEntry> = {}, signer: string | null = KEY) => {
  const made = orderOf(order)
  return { order: made, entry: entryOf(made.trader, entry), signer, revokedAt: null }
}
const name = ({ order }: { order: Order }) => `${order.trader} ${order.side} ${order.salt}`

describe('validOrdersOf', () => {
  test('lets a void order move neither the rank nor what its member has at risk', () => {
    const batch = [
      keyed({ trader: 9, salt: 1n }, {}, null),
      keyed({ trader: 3, salt: 2n }, {}, null),
      keyed({ trader: 3, salt: 3n }),
      keyed({ trader: 3, salt: 4n }),
      keyed({ trader: 3, salt: 5n, side: 'offer' }),
      keyed({ trader: 2, salt: 6n }),
      keyed({ trader: 5, salt: 7n, quantity: energyWh(500n) }),
      keyed({ trader: 5, salt: 8n, side: 'offer', quantity: energyWh(500n), limitPrice: price(0n) }),
      keyed({ trader: 6, salt: 9n, quantity: energyWh(501n) }),
      keyed({ trader: 6, salt: 10n, side: 'offer', quantity: energyWh(500n), limitPrice: price(0n) }),
    ]
    const { valid, voided } = validOrdersOf(batch, session)
    expect(valid.map(name)).toEqual(['3 bid 3', '3 offer 5', '5 bid 7', '5 offer 8', '6 bid 9'])
    expect(voided.map(({ keyed: order, reason }) => `${name(order)} ${reason}`)).toEqual([
      '9 bid 1 order-signature-invalid',
      '3 bid 2 order-signature-invalid',
      '3 bid 4 order-not-ascending',
      '2 bid 6 order-not-ascending',
      '6 offer 10 order-over-allowance',
    ])
  })
})

describe('countingOrdersOf', () => {
  test('takes the greater salt of the same rank, and at a tie the order from the ledger', () => {
    const batch = [keyed({ salt: 5n }), keyed({ trader: 4, salt: 5n }), keyed({ trader: 6, salt: 5n })]
    const opened = [
      keyed({ salt: 6n }),
      keyed({ trader: 4, salt: 4n }),
      keyed({ trader: 6, salt: 5n, quantity: energyWh(1n) }),
    ]
    const counting = countingOrdersOf(batch, opened, rates)
    expect(counting.map(name)).toEqual(['3 bid 6', '4 bid 5', '6 bid 5'])
    expect(counting[2]).toBe(opened[2])
  })

  test('drops an offer that puts too much at risk together with the bid that counts', () => {
    const offer = keyed({ side: 'offer', quantity: energyWh(1n), limitPrice: price(0n) })
    expect(countingOrdersOf([offer], [keyed({ salt: 2n })], rates).map(name)).toEqual(['3 bid 2'])
    const smaller = keyed({ salt: 2n, quantity: energyWh(999n) })
    expect(countingOrdersOf([offer], [smaller], rates).map(name)).toEqual(['3 bid 2', '3 offer 1'])
  })
})

describe('the orders that count', () => {
  const draft = fc.record({
    trader: fc.integer({ min: 1, max: 3 }),
    side: fc.constantFrom('bid' as const, 'offer' as const),
    quantity: fc.bigInt(0n, 1_500n).map(energyWh),
    limitPrice: fc.constantFrom(price(-100_000n), price(100_000n), price(300_000n)),
    salt: fc.bigInt(0n, 3n),
    isSigned: fc.boolean(),
  })
  const keyedOf = ({ isSigned, ...order }: { isSigned: boolean } & Partial<Order>) =>
    keyed(order, {}, isSigned ? KEY : null)

  test('ascend by rank, are signed, and never put more at risk than their member may', () => {
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 12 }), fc.array(draft, { maxLength: 4 }), (batch, opened) => {
        const standing = opened
          .map((order) => keyedOf({ ...order, isSigned: true }))
          .filter(({ order, entry }) => exposureOf(order, rates) <= entry.allowance)
        const { valid, voided } = validOrdersOf(batch.map(keyedOf), session)
        expect(valid.length + voided.length).toBe(batch.length)
        const counting = countingOrdersOf(valid, standing, rates)

        const ranks = counting.map(({ order }) => rankOf(order))
        expect(ranks).toEqual([...new Set(ranks)].sort((one, other) => one - other))
        expect(counting.every(({ signer }) => signer === KEY)).toBe(true)
        const atRisk = Map.groupBy(counting, ({ order }) => order.trader)
        for (const orders of atRisk.values()) {
          const sum = orders.reduce((total, { order }) => total + exposureOf(order, rates), 0n)
          expect(sum <= 300_000n).toBe(true)
        }
      }),
    )
  })
})
