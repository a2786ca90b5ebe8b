import { describe, expect, test } from 'vitest'
import type { LedgerMember } from '../chain/members.ts'
import { signOrder, type SignedOrder } from '../chain/orders.ts'
import { addressOfKey, signingDomainOf } from '../chain/typed-data.ts'
import { deliveryPeriod, energyWh, price } from '../domain/units.ts'
import { screenOrders } from './order-screening.ts'

const GATE_CLOSURE = 90_000
const domain = signingDomainOf(31_337n, `0x${'11'.repeat(20)}`)
const keyOf = (memberId: number) => `0x${memberId.toString(16).padStart(64, '0')}`
const member = (memberId: number, overrides: Partial<LedgerMember> = {}): LedgerMember => ({
  memberId,
  kind: 'household',
  account: `0x${'22'.repeat(20)}`,
  tradingKey: addressOfKey(keyOf(memberId)),
  meterKey: `0x${'33'.repeat(20)}`,
  quantityLimitWh: 1_000n,
  activeUntil: null,
  ...overrides,
})
const order = (memberId: number, side: 'bid' | 'offer', quantity = 1_000n, signer = memberId): SignedOrder => {
  const unsigned = {
    area: 1,
    memberId,
    deliveryPeriod: deliveryPeriod(101),
    side,
    quantity: energyWh(quantity),
    limitPrice: price(100_000n),
    salt: 1n,
  }
  return { ...unsigned, signature: signOrder(domain, unsigned, keyOf(signer)) }
}
const screen = (orders: readonly SignedOrder[], members: readonly LedgerMember[]) => {
  const byId = new Map(members.map((candidate) => [candidate.memberId, candidate]))
  const { accepted, leftOut } = screenOrders(orders, byId, domain, GATE_CLOSURE)
  return {
    accepted: accepted.map(({ memberId, side }) => `${memberId} ${side}`),
    leftOut: leftOut.map(({ order: { memberId }, refusal }) => `${memberId} ${refusal.code}`),
  }
}

describe('screenOrders', () => {
  test('sorts what the ledger takes by member, a member’s bid before its offer', () => {
    const orders = [order(9, 'offer'), order(8, 'offer'), order(9, 'bid')]
    expect(screen(orders, [member(8), member(9)])).toEqual({
      accepted: ['8 offer', '9 bid', '9 offer'],
      leftOut: [],
    })
  })

  test('takes exactly the limit and leaves out a Wh more', () => {
    expect(screen([order(8, 'bid', 1_000n), order(9, 'bid', 1_001n)], [member(8), member(9)])).toEqual({
      accepted: ['8 bid'],
      leftOut: ['9 order-over-limit'],
    })
  })

  test('leaves out who was deactivated by gate closure, and keeps who was deactivated later', () => {
    const members = [member(8, { activeUntil: GATE_CLOSURE + 1 }), member(9, { activeUntil: GATE_CLOSURE })]
    expect(screen([order(8, 'bid'), order(9, 'bid')], members)).toEqual({
      accepted: ['8 bid'],
      leftOut: ['9 order-member-inactive'],
    })
  })

  test('leaves out strangers and what a member did not sign itself', () => {
    expect(screen([order(7, 'bid'), order(8, 'bid', 1_000n, 9)], [member(8), member(9)])).toEqual({
      accepted: [],
      leftOut: ['7 order-not-a-member', '8 order-signature-invalid'],
    })
  })
})
