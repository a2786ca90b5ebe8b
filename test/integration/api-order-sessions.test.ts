import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { order as shownOrder, orderBatchResult, placedOrder } from '../../services/api/schemas/orders.ts'
import { orderDomain, signOrder } from '../../services/chain/orders.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { bindingOrdersOf, formatOrder } from '../../services/domain/market/order.ts'
import { deliveryPeriod, energyWh, price, startOf, tradingDayOf } from '../../services/domain/units.ts'
import { closeGate, readAcceptedOrders } from '../../services/store/gate-closures.ts'
import { bodyOf, postTo, problemOf } from './api-answers.ts'
import {
  AREA,
  deactivateMember,
  delegateBidding,
  FIRST_PERIOD,
  LAST_PERIOD,
  publishKeys,
  revokeDelegation,
} from './api-market.ts'
import { signIn } from './api-signed-in.ts'
import { orderOf, signedOrder, startApiWorld, type ApiWorld } from './api-world.ts'

/** Ledger time is in the period before it, so its gate is open. */
const PERIOD = deliveryPeriod(FIRST_PERIOD + 10)
/** Of a day whose keys are not published yet. */
const LATER_PERIOD = deliveryPeriod(LAST_PERIOD - 10)
const HOUSEHOLDS = 40

let world: ApiWorld

const post = (body: unknown) => postTo(`${world.address}/api/orders`, body)
const postBatch = (orders: unknown) => postTo(`${world.address}/api/order-batches`, { orders })
const order = (change: Parameters<typeof signedOrder>[2] = {}, household = 0) =>
  signedOrder(world, world.households[household]!, { deliveryPeriod: PERIOD, ...change })
const stateOf = async (digest: string) =>
  (await bodyOf(await fetch(`${world.address}/api/orders/${digest}`), shownOrder)).state
const positions = async (period = PERIOD) =>
  (await world.store.client.order.findMany({ where: { period }, orderBy: { position: 'asc' } })).map(
    ({ position }) => position,
  )
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

beforeAll(async () => {
  // The last one trades by a contract account.
  world = await startApiWorld({ port: 18_540, households: HOUSEHOLDS + 1 })
  await world.advanceTo(startOf(PERIOD) - 900)
})

beforeEach(async () => {
  await world.store.client.order.deleteMany()
  await world.store.client.gateClosure.deleteMany()
})

afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

describe('a batch', () => {
  test('takes the good orders and refuses the others, each in its place', async () => {
    const taken = order({ salt: 1n }, 3)
    await post(taken)
    const result = await bodyOf(
      await postBatch([
        order({ salt: 10n }, 0),
        'junk',
        taken,
        order({ salt: 11n }, 4),
        order({ salt: 11n }, 4),
        order({ salt: 9n }, 4),
        null,
        order({ side: 'offer' }, 3),
        order({ salt: 1n }, 5),
        order({ salt: 10n }, 6),
        order({ salt: 12n }, 4),
      ]),
      orderBatchResult,
    )
    expect(
      result.results.map((entry) => ('problem' in entry ? entry.problem.code : entry.order.receipt?.position)),
    ).toEqual([
      2,
      'order-malformed',
      'order-already-placed',
      3,
      'order-already-placed',
      'order-superseded',
      'order-malformed',
      4,
      5,
      6,
      7,
    ])
    expect(result).toMatchObject({ accepted: 6, refused: 5 })
    expect(await positions()).toEqual(upTo(7))
  })

  test('spans several sessions, each of which counts for itself', async () => {
    await closeGate(world.store, AREA, deliveryPeriod(PERIOD + 1))
    const periods = [PERIOD, PERIOD + 1, PERIOD + 2].map((period) => order({ deliveryPeriod: deliveryPeriod(period) }))
    const { results } = await bodyOf(await postBatch(periods), orderBatchResult)
    expect(results.map(({ status }) => status)).toEqual([202, 409, 202])
    expect(await positions(deliveryPeriod(PERIOD + 2))).toEqual([1])
  })

  test('holds 1 to 500 orders', async () => {
    for (const orders of [[], Array.from({ length: 501 }, () => null), {}, null]) {
      expect(await problemOf(await postBatch(orders))).toMatchObject({ status: 400, code: 'batch-malformed' })
    }
    const many = Array.from({ length: 500 }, (_, index) => {
      const period = deliveryPeriod(PERIOD + Math.floor(index / HOUSEHOLDS))
      return order({ deliveryPeriod: period, salt: BigInt(index) }, index % HOUSEHOLDS)
    })
    const result = await bodyOf(await postBatch(many), orderBatchResult)
    expect(result).toMatchObject({ accepted: 500, refused: 0 })
    expect(await positions()).toEqual(upTo(HOUSEHOLDS))
  })
})

describe('orders that come at the same time', () => {
  test('get positions from 1 without a gap, one by one and in batches, and each the receipt of its own', async () => {
    const batches = [0, 1, 2].map((salt) =>
      [...Array(HOUSEHOLDS).keys()].map((household) => order({ salt: BigInt(salt) }, household)),
    )
    const single = [...Array(HOUSEHOLDS).keys()].map((household) =>
      order({ side: 'offer', quantity: energyWh(0n) }, household),
    )
    const answers = await Promise.all([
      ...batches.map(async (batch) => (await bodyOf(await postBatch(batch), orderBatchResult)).results),
      ...single.map(async (body) => [{ status: 202, order: await bodyOf(await post(body), placedOrder) }]),
    ])
    const placed = answers.flat().flatMap((result) => ('order' in result ? [result.order] : []))
    const kept = await world.store.client.order.findMany({ orderBy: { position: 'asc' } })
    expect(kept.map(({ position }) => position)).toEqual(upTo(placed.length))
    expect(placed.length).toBeGreaterThanOrEqual(2 * HOUSEHOLDS)
    const receiptOf = new Map(kept.map(({ digest, position, receipt }) => [digest, { position, signature: receipt }]))
    for (const { digest, receipt } of placed) expect(receipt).toMatchObject(receiptOf.get(digest)!)
  })

  test('of one member and side never leave two that count, and the greatest salt is taken', async () => {
    const salts = [...Array(30).keys()].map((salt) => BigInt(salt))
    const shuffled = salts.map((salt) => (salt * 7n) % 30n)
    const answers = await Promise.all(
      shuffled.map(async (salt) => ({ salt, status: (await post(order({ salt }))).status })),
    )
    expect(new Set(answers.map(({ status }) => status))).toSatisfy((seen: Set<number>) =>
      [...seen].every((status) => status === 202 || status === 409),
    )
    expect(answers.find(({ salt }) => salt === 29n)?.status).toBe(202)
    const accepted = await readAcceptedOrders(world.store, AREA, PERIOD)
    const inArrival = accepted.map(({ salt }) => salt)
    expect(inArrival).toEqual([...inArrival].sort((one, other) => Number(one - other)))
    expect(bindingOrdersOf(accepted).map(({ salt }) => salt)).toEqual([29n])
  })

  test('never let a member risk more than it may, whichever side comes first', async () => {
    // Each alone may: 701,000 for the bid, 400,000 for the offer, 1,000,000 in all.
    const bid = order({ quantity: energyWh(1_000n), limitPrice: price(700_000n) })
    const offer = order({ side: 'offer', quantity: energyWh(4_000n) })
    const codes = await Promise.all(
      [bid, offer].map(async (body) => ((await (await post(body)).json()) as { code?: string }).code),
    )
    expect(codes.sort()).toEqual(['order-over-allowance', undefined])
    expect(await world.store.client.order.count()).toBe(1)
  })

  test('and are the same get one position, one receipt, and one row', async () => {
    const sent = order()
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => (await (await post(sent)).json()) as { receipt: unknown }),
    )
    const receipts = answers.map(({ receipt }) => JSON.stringify(receipt))
    expect(new Set(receipts).size).toBe(1)
    expect(await positions()).toEqual([1])
  })

  test('as their cancellation are cancelled or come too late', async () => {
    const [placed, cancellation] = await Promise.all([
      post(order({ salt: 1n })),
      post(order({ salt: 2n, quantity: energyWh(0n) })),
    ])
    expect(cancellation.status).toBe(202)
    if (placed.status === 202) {
      expect(await stateOf((await bodyOf(placed, placedOrder)).digest)).toBe('cancelled')
    } else {
      expect((await problemOf(placed)).code).toBe('order-superseded')
    }
  })
})

describe('a lost answer', () => {
  test('is no lost receipt: the order is refused as placed, with its receipt', async () => {
    const sent = order()
    const { receipt } = await bodyOf(await post(sent), placedOrder)
    expect(await problemOf(await post(sent))).toMatchObject({ status: 409, code: 'order-already-placed', receipt })
    const batch = await bodyOf(await postBatch([sent]), orderBatchResult)
    expect(batch.results).toMatchObject([{ status: 409, problem: { code: 'order-already-placed', receipt } }])
  })

  test('is mended after the order was replaced, and after its gate closed', async () => {
    const sent = order()
    const { receipt, digest } = await bodyOf(await post(sent), placedOrder)
    await post(order({ salt: 8n }))
    expect(await problemOf(await post(sent))).toMatchObject({ code: 'order-already-placed', receipt })
    expect(await stateOf(digest)).toBe('superseded')
    await closeGate(world.store, AREA, PERIOD)
    expect(await problemOf(await post(sent))).toMatchObject({ code: 'order-already-placed', receipt })
    expect(await problemOf(await post(order({ salt: 9n })))).toMatchObject({ code: 'gate-closed' })
    const stranger = await bodyOf(await fetch(`${world.address}/api/orders/${digest}`), shownOrder)
    expect(stranger).toMatchObject({ receivedAt: null, receipt: null })
    const reader = await signIn(world, world.households[0]!.accountKey)
    const shown = await bodyOf(await reader.get(`/api/orders/${digest}`), shownOrder)
    expect(shown.receipt).toEqual(receipt)
    expect(shown.receivedAt).not.toBeNull()
  })
})

describe('after a restart', () => {
  test('positions go on, and the receipt of an order is the same', async () => {
    const first = order({}, 0)
    const { receipt } = await bodyOf(await post(first), placedOrder)
    await post(order({}, 1))
    await world.stopApi()
    await world.startApi()
    expect(await problemOf(await post(first))).toMatchObject({ code: 'order-already-placed', receipt })
    expect((await bodyOf(await post(order({}, 2)), placedOrder)).receipt?.position).toBe(3)

    await world.store.client.order.deleteMany()
    expect((await bodyOf(await post(first), placedOrder)).receipt).toEqual(receipt)
  })
})

describe('gate closure', () => {
  test('leaves every order that was answered in the session, and takes none afterwards', async () => {
    const signed = [...Array(HOUSEHOLDS).keys()].map((household) => order({ salt: BigInt(household) }, household))
    const answers = signed.map(async (body) => ({ trader: body.trader, status: (await post(body)).status }))
    await answers[3]
    await closeGate(world.store, AREA, PERIOD)
    const closed = await readAcceptedOrders(world.store, AREA, PERIOD)

    const answered = await Promise.all(answers)
    const accepted = answered.filter(({ status }) => status === 202).map(({ trader }) => trader)
    expect(accepted.length).toBeGreaterThan(0)
    expect(accepted.sort()).toEqual(closed.map(({ trader }) => trader).sort())
    expect(closed.map(({ position }) => position)).toEqual(upTo(closed.length))
    expect(new Set(answered.map(({ status }) => status))).toSatisfy((seen: Set<number>) =>
      [...seen].every((status) => status === 202 || status === 409),
    )
    expect(await readAcceptedOrders(world.store, AREA, PERIOD)).toEqual(closed)
  })
})

// From here on time goes on, and keys come and go.
describe('the keys of a day', () => {
  const DELEGATED_KEY = `0x${'d5'.repeat(32)}`
  const later = (change: Parameters<typeof signedOrder>[2] = {}, household = 0) =>
    order({ deliveryPeriod: LATER_PERIOD, quantity: energyWh(500n), ...change }, household)
  const byDelegate = (change: Parameters<typeof signedOrder>[2], household = 7) => {
    const it = orderOf(world.households[household]!, {
      deliveryPeriod: LATER_PERIOD,
      quantity: energyWh(500n),
      ...change,
    })
    return { ...formatOrder(it), signature: signOrder(orderDomain(world.ledger), it, DELEGATED_KEY) }
  }

  test('open its sessions once they are published', async () => {
    await world.advanceTo(tradingDayOf(LATER_PERIOD) * 86_400 - 86_400)
    expect(await problemOf(await post(later()))).toMatchObject({ status: 409, code: 'session-not-open' })
    await delegateBidding(world.ledger, world.households[7]!, addressOfKey(DELEGATED_KEY))
    await publishKeys(world.ledger, tradingDayOf(LATER_PERIOD))
    expect((await post(later())).status).toBe(202)
  })

  test('hold delegated ones, each within its limits', async () => {
    expect((await post(byDelegate({}))).status).toBe(202)
    const refusals = [
      [{ side: 'offer' }, 'order-outside-delegation'],
      [{ limitPrice: price(250_100n) }, 'order-outside-delegation'],
      [{ quantity: energyWh(501n) }, 'order-over-limit'],
    ] as const
    for (const [change, code] of refusals) {
      expect(await problemOf(await post(byDelegate(change))), code).toMatchObject({ code })
    }
    expect(await problemOf(await post(byDelegate({}, 8)))).toMatchObject({ code: 'order-signature-invalid' })
  })

  test('sign nothing any more from the block on in which they are revoked', async () => {
    await revokeDelegation(world.ledger, world.households[7]!)
    expect(await problemOf(await post(byDelegate({ salt: 8n })))).toMatchObject({
      status: 403,
      code: 'order-key-revoked',
    })
    expect((await post(later({ salt: 9n }, 7))).status).toBe(202)

    await deactivateMember(world.ledger, world.households[9]!)
    expect(await problemOf(await post(later({}, 9)))).toMatchObject({ status: 403, code: 'order-key-revoked' })
  })
})
