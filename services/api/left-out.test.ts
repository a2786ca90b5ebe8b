import { describe, expect, test } from 'vitest'
import type { Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { deliveryPeriod, energyWh, HIGHEST_PRICE, LOWEST_PRICE, money, price } from '../domain/units.ts'
import { createLeftOut, type LeftOutDeps, type ReceiptedOrder } from './left-out.ts'

const KEY = '0xkey'

const entry: TradingKeyEntry = {
  index: 5,
  trader: 3,
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
  trader: 3,
  deliveryPeriod: deliveryPeriod(960),
  side: 'bid',
  quantity: energyWh(100n),
  limitPrice: price(200_000n),
  expiry: 900_000,
  salt: 7n,
}

const receipted: ReceiptedOrder = {
  memberId: 3,
  order,
  signature: '0x51',
  signingKey: KEY,
  position: 2,
  receiptSignature: 'receipt',
  deadline: 863_700,
}

/** On a ledger whose session does not have the order, though it was valid. */
function leftOutWith(deps: Partial<LeftOutDeps> = {}) {
  return createLeftOut({
    isReplaced: async () => false,
    isPaused: async () => false,
    readCommittedOrders: async () => ['0x01', '0x02'],
    readSessionKeys: async () => [{ ...entry, index: 4, trader: 2 }, entry],
    isValidOnLedger: async () => true,
    isHeldOnLedger: async () => false,
    proveLeftOutCall: (claim) => ({ contract: '', function: 'proveLeftOut', arguments: { ...claim }, calldata: '0x' }),
    ...deps,
  })
}

describe('createLeftOut', () => {
  test('has the call that proves an order left out that the ledger does not hold', async () => {
    expect(await leftOutWith().stateOf(receipted)).toBe('left-out')
    expect((await leftOutWith().proofOf(receipted)).arguments).toEqual({
      challenger: 3,
      order,
      signature: receipted.signature,
      entryIndex: 5,
      position: 2,
      deadline: 863_700,
      receiptSignature: 'receipt',
      chunks: ['0x01', '0x02'],
    })
  })

  test('asks the ledger about the order and all chunks, by the entry of its member', async () => {
    const asked: unknown[] = []
    const leftOut = leftOutWith({
      isValidOnLedger: async (...about) => asked.push(about) > 0,
      isHeldOnLedger: async (...about) => asked.push(about) > 0,
    })
    await leftOut.stateOf(receipted)
    expect(asked).toEqual([
      [order, 5, '0x51'],
      [order, ['0x01', '0x02']],
    ])
  })

  const others: readonly [string, string, Partial<LeftOutDeps>][] = [
    ['that the session holds', 'void', { isHeldOnLedger: async () => true }],
    ['that was not valid', 'void', { isValidOnLedger: async () => false }],
    ['of a key that did not count', 'void', { readSessionKeys: async () => [] }],
    ['of a session whose operator was replaced', 'withheld', { isReplaced: async () => true }],
    ['of a session that was paused', 'void', { isPaused: async () => true }],
  ]
  for (const [which, fate, deps] of others) {
    test(`proves nothing for an order ${which}, which is ${fate}`, async () => {
      expect(await leftOutWith(deps).stateOf(receipted)).toBe(fate)
      await expect(leftOutWith(deps).proofOf(receipted)).rejects.toMatchObject({ code: 'order-not-left-out' })
    })
  }
})
