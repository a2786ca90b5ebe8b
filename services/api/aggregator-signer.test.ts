import { describe, expect, test } from 'vitest'
import { commandDomain, signActivation } from '../chain/device-commands.ts'
import { addressOfKey } from '../chain/typed-data.ts'
import { aggregatorSignerOf, type FlexOrdersOnLedger } from './aggregator-signer.ts'

const KEY = `0x${'11'.repeat(32)}`
const STRANGER = `0x${'22'.repeat(32)}`
const ledger = { chainId: 31_337n, addresses: { meterReadings: `0x${'33'.repeat(20)}` } } as Parameters<
  typeof aggregatorSignerOf
>[0]['ledger']
const activation = {
  id: '11111111-1111-4111-8111-111111111111',
  device: `0x${'44'.repeat(20)}`,
  portfolioId: 7,
  orderId: 9,
  action: '{"kind":"set-point","powerW":-1500}',
  expiresAt: 1_000,
}
const order = { state: 'binding' as const, portfolioId: 7, productId: 3, orderedAt: 500 }

function askedOf(change: Partial<FlexOrdersOnLedger> = {}) {
  return aggregatorSignerOf({
    ledger,
    flexOrders: {
      readFlexOrder: (orderId) => Promise.resolve(orderId === 9 ? order : null),
      readPortfolioAt: (productId, memberId, time) =>
        Promise.resolve(productId === 3 && memberId === 5 && time === 600 ? 7 : null),
      isAggregatorOf: (portfolioId, account) => Promise.resolve(portfolioId === 7 && account === addressOfKey(KEY)),
      ...change,
    },
  })
}
const signed = (key = KEY, change: Partial<typeof activation> = {}) =>
  signActivation(commandDomain(ledger), { ...activation, ...change }, key)
const member = { memberId: 5, time: 600 }
const refusal = (code: string) => expect.objectContaining({ code }) as Error

describe('aggregatorSignerOf', () => {
  test("finds the key that acts for the portfolio's aggregator, and since when the order binds", async () => {
    expect(await askedOf()(activation, signed(), member)).toEqual({ issuer: addressOfKey(KEY), orderedAt: 500 })
  })

  test.each([
    ['id', { id: '11111111-1111-4111-8111-111111111112' }],
    ['device', { device: `0x${'45'.repeat(20)}` }],
    ['order', { orderId: 10 }],
    ['action', { action: '{"kind":"set-point","powerW":-1501}' }],
    ['expiry', { expiresAt: 1_001 }],
  ])('refuses what was signed with another %s, and what a stranger signed', async (_, change) => {
    const refused = refusal('command-signature-invalid')
    await expect(askedOf()(activation, signed(KEY, change), member)).rejects.toThrow(refused)
    await expect(askedOf()(activation, signed(STRANGER), member)).rejects.toThrow(refused)
    await expect(askedOf()(activation, `0x${'00'.repeat(64)}`, member)).rejects.toThrow(refused)
  })

  test.each([null, { ...order, state: 'annulled' as const }, { ...order, portfolioId: 8 }])(
    'refuses an order that does not bind the portfolio: %j',
    async (known) => {
      const asked = askedOf({ readFlexOrder: () => Promise.resolve(known) })
      await expect(asked(activation, signed(), member)).rejects.toThrow(refusal('flex-order-not-binding'))
    },
  )

  test("refuses the device of a member who is not in the portfolio for the order's product at that time", async () => {
    for (const other of [
      { ...member, memberId: 6 },
      { ...member, time: 601 },
    ]) {
      await expect(askedOf()(activation, signed(), other)).rejects.toThrow(refusal('member-not-in-portfolio'))
    }
  })
})
