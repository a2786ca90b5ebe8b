import { describe, expect, test } from 'vitest'
import { orderDigest, signOrder } from '../chain/orders.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import { tradingKeyEntry } from '../domain/market/trading-key-for-test.ts'
import { deliveryPeriod, energyWh, price, rate } from '../domain/units.ts'
import type { AcceptedOrder } from '../store/gate-closures.ts'
import { sortAcceptedOrders, type SessionFacts } from './session-orders.ts'

const GATE_CLOSURE = 90_000
const domain = signingDomainOf(31_337n, `0x${'11'.repeat(20)}`)
const keyOf = (trader: number) => `0x${trader.toString(16).padStart(64, '0')}`
const entry = (trader: number, key = addressOfKey(keyOf(trader))) => tradingKeyEntry(trader, key)

let position = 0
const order = (
  trader: number,
  side: 'bid' | 'offer',
  change: Partial<AcceptedOrder> & { signer?: number } = {},
): AcceptedOrder => {
  const { signer = trader, ...fields } = change
  const unsigned = {
    area: 1,
    trader,
    deliveryPeriod: deliveryPeriod(101),
    side,
    quantity: energyWh(1_000n),
    limitPrice: price(100_000n),
    expiry: GATE_CLOSURE,
    salt: 1n,
    ...fields,
  }
  position += 1
  return {
    ...unsigned,
    signature: signOrder(domain, unsigned, keyOf(signer)),
    signingKey: addressOfKey(keyOf(trader)),
    digest: orderDigest(domain, unsigned),
    position,
    ...fields,
  }
}
const sort = (orders: readonly AcceptedOrder[], facts: Partial<SessionFacts> = {}) => {
  const { batch, ofContracts, leftOut } = sortAcceptedOrders(orders, {
    gateClosure: GATE_CLOSURE,
    rates: { retail: rate(200_000n), feedIn: rate(0n), platformFee: rate(0n) },
    keys: [entry(8), entry(9)],
    revocations: new Map(),
    domain,
    contractOrders: new Set(),
    ...facts,
  })
  const nameOf = ({ trader, side, salt }: AcceptedOrder) => `${trader} ${side} ${salt}`
  return {
    batch: batch.map(({ order: { trader, side, salt } }) => `${trader} ${side} ${salt}`),
    ofContracts: ofContracts.map(({ order: found }) => nameOf(found)),
    leftOut: leftOut.map(({ order: found, refusal }) => `${nameOf(found)} ${refusal.code}`),
  }
}

describe('sortAcceptedOrders', () => {
  test('sorts by member, a member’s bid before its offer, and takes the greatest salt of each side', () => {
    const orders = [order(9, 'offer'), order(8, 'bid', { salt: 3n }), order(8, 'bid', { salt: 2n }), order(9, 'bid')]
    expect(sort(orders)).toEqual({ batch: ['8 bid 3', '9 bid 1', '9 offer 1'], ofContracts: [], leftOut: [] })
  })

  test('lets a void order replace nothing: the one before it, which has a receipt, counts', () => {
    const tooMuch = order(8, 'bid', { salt: 5n, quantity: energyWh(1_001n) })
    expect(sort([order(8, 'bid', { salt: 4n }), tooMuch])).toEqual({
      batch: ['8 bid 4'],
      ofContracts: [],
      leftOut: ['8 bid 5 order-over-limit'],
    })
  })

  test('keeps what is void only beside the member’s other order, so that it is seen not to be left out', () => {
    expect(sort([order(8, 'bid'), order(8, 'offer')]).batch).toEqual(['8 bid 1', '8 offer 1'])
  })

  test('leaves out whose key was revoked by gate closure, and keeps whose was revoked later', () => {
    const revokedAt = (time: number) => sort([order(8, 'bid')], { revocations: new Map([[8, time]]) })
    expect(revokedAt(GATE_CLOSURE).leftOut).toEqual(['8 bid 1 order-key-revoked'])
    expect(revokedAt(GATE_CLOSURE + 1).batch).toEqual(['8 bid 1'])
  })

  test('leaves out strangers, and what neither its key signed nor its contract accepts', () => {
    expect(sort([order(7, 'bid'), order(8, 'bid', { signer: 9 })]).leftOut).toEqual([
      '7 bid 1 order-unknown-key',
      '8 bid 1 order-signature-invalid',
    ])
  })

  test('parts the orders of contract accounts, whose salts are compared among themselves', () => {
    const wallet = `0x${'77'.repeat(20)}`
    const ofWallet = (salt: bigint) => order(9, 'offer', { salt, signature: '0xc0de', signingKey: wallet })
    const orders = [order(9, 'offer', { salt: 9n }), ofWallet(4n), ofWallet(5n)]
    const contractOrders = new Set(orders.slice(1).map(({ digest }) => digest))
    expect(sort(orders, { keys: [entry(9), entry(9, wallet)], contractOrders })).toEqual({
      batch: ['9 offer 9'],
      ofContracts: ['9 offer 5'],
      leftOut: [],
    })
  })
})
