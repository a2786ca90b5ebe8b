import { describe, expect, test, vi } from 'vitest'
import type * as FlexOrders from '../chain/flex-orders.ts'
import type * as FlexRequests from '../chain/flex-requests.ts'
import { DomainError } from '../domain/errors.ts'
import { activationFactor } from '../domain/flexibility/trading/activation-factor.ts'
import { money, rate, signedW, startOf, type DeliveryPeriod } from '../domain/units.ts'
import type { AnsweringOffer, MadeRequest } from './market.ts'
import { orderAnswers } from './ordering.ts'
import { ADDRESS, operationForTest, period } from './operation-for-test.ts'
import { workOffQueue } from './queue.ts'
import { makeRequests } from './requests.ts'

const annulled = new Set<number>()
let orders = 0
vi.mock('../chain/flex-requests.ts', async (original) => ({
  ...(await original<typeof FlexRequests>()),
  readFlexRequest: async () => ({ seed: `0x${'11'.repeat(32)}` }),
}))
vi.mock('../chain/flex-orders.ts', async (original) => ({
  ...(await original<typeof FlexOrders>()),
  readFlexOrder: async (_: unknown, orderId: number) => ({ state: annulled.has(orderId) ? 'annulled' : 'binding' }),
}))
vi.mock('../chain/mined-events.ts', () => ({ readEventValue: async () => BigInt((orders += 1)) }))

const made = (need: bigint): MadeRequest => ({
  ...{ requestId: 7, pointId: 1, productId: 1, state: 'open', revealUntil: startOf(period(60)) },
  request: {
    ...{ id: '7', congestionPoint: ADDRESS, product: '1', contract: null, revision: 0, priceCap: rate(2_000_000n) },
    expiresAt: startOf(period(59)),
    periods: [{ period: period(72), disposition: 'requested', minPower: signedW(-need), maxPower: signedW(0n) }],
  },
})
const offer = (offerId: number, power: bigint, price: bigint, at: DeliveryPeriod = period(72)): AnsweringOffer => ({
  ...{ offerId, portfolioId: 1, state: 'opened' },
  offer: {
    expiresAt: startOf(period(70)),
    options: [
      {
        ...{ price: money(price), minActivationFactor: activationFactor(100) },
        periods: [{ period: at, power: signedW(-power) }],
      },
    ],
    salt: `0x${'22'.repeat(32)}`,
  },
})
function world(need: bigint, offers: readonly AnsweringOffer[]) {
  orders = 0
  annulled.clear()
  const { operation, state } = operationForTest()
  state.requests = [made(need)]
  state.offers = [...offers]
  state.now = startOf(period(60)) + 1
  return { operation, state, orderedOffers: () => state.sent.map(({ call }) => call.arguments[0]) }
}

describe('orderAnswers', () => {
  test('orders the cheapest offers that meet the need, once', async () => {
    const { operation, state, orderedOffers } = world(3_000n, [offer(1, 3_000n, 900_000n), offer(2, 3_000n, 500_000n)])
    expect([await orderAnswers(operation), await orderAnswers(operation)]).toEqual([true, false])
    expect(orderedOffers()).toEqual([2])
    expect(state.selections.get(7)).toMatchObject({ round: 1, isDone: true, cost: 500_000n, gap: 0n, unmet: [] })
    expect(state.said).toEqual([{ requestId: 7 }])
  })

  test('waits until offers are opened, or it is too late to open them', async () => {
    const { operation, state } = world(3_000n, [
      offer(1, 3_000n, 1n),
      { ...offer(2, 1n, 1n), state: 'sealed', offer: null },
    ])
    state.now = startOf(period(59)) + 1
    state.readUntil = state.now
    expect(await orderAnswers(operation)).toBe(false)
    state.now = startOf(period(60)) + 1
    state.readUntil = state.now
    expect(await orderAnswers(operation)).toBe(true)
    expect(state.sent).toHaveLength(1)
  })

  test('chooses anew without what the ledger refuses, and counts what nobody offers as unmet', async () => {
    const { operation, state, orderedOffers } = world(5_000n, [
      ...[offer(1, 3_000n, 300_000n), offer(2, 3_000n, 400_000n), offer(3, 2_000n, 600_000n)],
    ])
    const { send } = operation.sender
    operation.sender.send = async (purpose, call) => {
      if (call.arguments[0] === 1)
        throw new DomainError('flex-orders-pledge-too-small', 'the aggregator has nothing free')
      return send(purpose, call)
    }
    await orderAnswers(operation)
    expect(orderedOffers()).toEqual([2, 3])
    const selection = state.selections.get(7)!
    expect(selection.refused).toEqual([{ kind: 'offer', id: '1', code: 'flex-orders-pledge-too-small' }])
    expect(selection.unmet).toEqual([])
  })

  test('takes a revocation that crosses an order for a refusal', async () => {
    const { operation, state, orderedOffers } = world(3_000n, [offer(1, 3_000n, 300_000n), offer(2, 3_000n, 400_000n)])
    annulled.add(1)
    await orderAnswers(operation)
    expect(orderedOffers()).toEqual([1, 2])
    expect(state.selections.get(7)!.orders.map(({ id, orderId }) => [id, orderId])).toEqual([['2', 2]])
  })

  test('leaves out an offer that breaks a rule, and one above the cap', async () => {
    const { operation, state } = world(3_000n, [offer(1, 3_000n, 1n, period(73)), offer(2, 3_000n, 1_600_000n)])
    await orderAnswers(operation)
    expect(state.sent).toEqual([])
    expect(state.selections.get(7)).toMatchObject({
      refused: [{ id: '1', code: 'flex-offer-outside-request' }],
      passedOver: [{ id: '2', code: 'above-cap' }],
      unmet: [{ period: period(72), power: 3_000n }],
    })
  })

  test('goes on with what was chosen where it was killed in between', async () => {
    const { operation, state, orderedOffers } = world(5_000n, [offer(1, 3_000n, 300_000n), offer(2, 2_000n, 200_000n)])
    const { send } = operation.sender
    operation.sender.send = async (purpose, call) => {
      if (call.arguments[0] === 2) throw new DomainError('sender-stopped', 'no more transactions are sent')
      return send(purpose, call)
    }
    await expect(orderAnswers(operation)).rejects.toThrow('no more')
    expect(state.selections.get(7)).toMatchObject({ isDone: false, orders: [{ id: '1' }] })
    state.offers = [offer(1, 3_000n, 300_000n), offer(2, 2_000n, 200_000n), offer(3, 2_000n, 1n)]
    operation.sender.send = send
    await orderAnswers(operation)
    expect(orderedOffers()).toEqual([1, 2])
  })
})

describe('makeRequests', () => {
  const proposal = {
    ...{ proposalId: 'a', pointId: 1, productId: 1, direction: 'consume-less' as const, priceCap: rate(1n) },
    ...{ day: 20_000 as never, periods: made(3_000n).request.periods, state: 'approved' as const },
  }

  test('has offers taken for no longer than an order may still come in time', async () => {
    const { operation, state } = world(0n, [])
    state.proposals = [{ ...proposal }]
    state.now = startOf(period(72)) - 2_400
    await makeRequests(operation)
    const [request] = state.sent[0]!.call.arguments as [{ expiresAt: number; revealUntil: number }]
    expect(request.revealUntil).toBe(startOf(period(72)) - 900 - 1)
    expect(state.proposals[0]!.state).toBe('requested')
  })

  test('lets a proposal expire that was approved too late', async () => {
    const { operation, state } = world(0n, [])
    state.proposals = [{ ...proposal }]
    state.now = startOf(period(72)) - 1_800
    await makeRequests(operation)
    expect(state.sent).toEqual([])
    expect(state.proposals[0]!.state).toBe('expired')
  })
})

describe('workOffQueue', () => {
  const waiting = {
    portfolioId: 1,
    productId: 1,
    pointId: 1,
    area: 1,
    power: 20_000n as never,
    requestedAt: 5,
    members: [10, 11],
  }

  test('rejects by rule what no connections carry, and lets the rest wait for evidence', async () => {
    const { operation, state } = world(0n, [])
    state.waiting = [{ ...waiting, power: 34_001n as never }]
    expect(await workOffQueue(operation)).toBe(true)
    expect(state.sent.map(({ call }) => call.function)).toEqual(['rejectPrequalification'])
    state.waiting = [waiting]
    expect(await workOffQueue(operation)).toBe(false)
  })

  test('does as a person said where one decides', async () => {
    const { operation, state } = operationForTest({ COMMONWATT_FLEX_PREQUALIFICATION: 'person' })
    state.waiting = [waiting]
    expect(await workOffQueue(operation)).toBe(false)
    state.decisions = [{ portfolioId: 1, productId: 1, pointId: 1, askedAt: 5, refusal: null }]
    await workOffQueue(operation)
    expect(state.sent.map(({ call }) => call.function)).toEqual(['prequalify'])
  })
})
