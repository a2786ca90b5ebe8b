import { describe, expect, test } from 'vitest'
import type { UnpackedOrder } from '../chain/packed-orders.ts'
import type { Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { deliveryPeriod, energyWh, HIGHEST_PRICE, LOWEST_PRICE, money, price } from '../domain/units.ts'
import { createLeftOut, type LeftOutDeps, type ReceiptedOrder } from './left-out.ts'

const KEY = '0xkey'

const entry: TradingKeyEntry = {
  index: 5,
  memberId: 3,
  key: KEY,
  mayBid: true,
  mayOffer: true,
  validPeriods: 96,
  quantityLimit: energyWh(5_000n),
  lowestPrice: LOWEST_PRICE,
  highestPrice: HIGHEST_PRICE,
  allowance: money(1_000n),
}

const order: Order = {
  area: 1,
  memberId: 3,
  deliveryPeriod: deliveryPeriod(960),
  side: 'bid',
  quantity: energyWh(100n),
  limitPrice: price(200_000n),
  expiry: 900_000,
  salt: 7n,
}

const receipted: ReceiptedOrder = {
  order,
  signature: `signed by ${KEY}`,
  signingKey: KEY,
  position: 2,
  receiptSignature: 'receipt',
  deadline: 863_700,
}

/** An order as it lies in the session; whoever signed it is in its signature. */
const submitted = (change: Partial<Order> = {}, signer = KEY): UnpackedOrder => ({
  entryIndex: entry.index,
  entry,
  order: { ...order, ...change, signature: `signed by ${signer}` },
})

function leftOutWith(batch: readonly UnpackedOrder[], deps: Partial<LeftOutDeps> = {}) {
  return createLeftOut({
    readCommittedOrders: async () => ['0x01', '0x02'],
    readOpenedSalt: async () => null,
    readSessionKeys: async () => [entry],
    unpackOrders: (_session, _entries, chunk) => (chunk === '0x01' ? batch : []),
    signerOf: (_order, signature) => signature.replace('signed by ', ''),
    isValidOnLedger: async () => true,
    proveLeftOutCall: (claim) => ({ contract: '', function: 'proveLeftOut', arguments: { ...claim }, calldata: '0x' }),
    ...deps,
  })
}

describe('an order with a receipt was left out', () => {
  const batches: readonly [string, readonly UnpackedOrder[]][] = [
    ['of a session without orders', []],
    ['where only others are in the session', [submitted({ memberId: 4 }), submitted({ side: 'offer' })]],
    ['where an earlier one of its own is in its place', [submitted({ salt: 6n })]],
    ['where it was submitted with a spoilt signature', [submitted({}, 'nobody')]],
    ['where it was submitted twice, so that it is out of sequence', [submitted(), submitted()]],
  ]
  for (const [when, batch] of batches) {
    test(`${when}, and the call that proves it has all that it needs`, async () => {
      const leftOut = leftOutWith(batch)
      expect(await leftOut.stateOf(receipted)).toBe('left-out')
      expect((await leftOut.proofOf(receipted)).arguments).toEqual({
        order,
        signature: receipted.signature,
        entryIndex: 5,
        position: 2,
        deadline: 863_700,
        receiptSignature: 'receipt',
        chunks: ['0x01', '0x02'],
      })
    })
  }
})

describe('an order with a receipt was not left out, and nothing is proved', () => {
  const cases: readonly [string, ReturnType<typeof leftOutWith>][] = [
    ['where the session has it', leftOutWith([submitted({ memberId: 2 }), submitted()])],
    ['where one with a greater salt is in its place', leftOutWith([submitted({ salt: 8n, quantity: energyWh(0n) })])],
    ['where it was opened on the ledger', leftOutWith([], { readOpenedSalt: async () => 7n })],
    ['where its key was revoked in time', leftOutWith([], { isValidOnLedger: async () => false })],
    ['where its key did not count in the session', leftOutWith([], { readSessionKeys: async () => [] })],
  ]
  for (const [when, leftOut] of cases) {
    test(when, async () => {
      expect(await leftOut.stateOf(receipted)).toBe('void')
      await expect(leftOut.proofOf(receipted)).rejects.toMatchObject({ code: 'order-not-left-out' })
    })
  }
})

test('an earlier order opened on the ledger does not stand for a later one', async () => {
  expect(await leftOutWith([], { readOpenedSalt: async () => 6n }).stateOf(receipted)).toBe('left-out')
})
