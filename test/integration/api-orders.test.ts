import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { orderBatchResult, placedOrder } from '../../services/api/schemas/orders.ts'
import { deliveryPeriod, energyWh, price, startOf, type Price } from '../../services/domain/units.ts'
import { closeGate, readAcceptedOrders } from '../../services/store/gate-closures.ts'
import { bodyOf, postTo, problemOf } from './api-answers.ts'
import {
  DEPOSIT,
  FIRST_PERIOD,
  LAST_PERIOD,
  QUANTITY_LIMIT,
  signedOrder,
  startApiWorld,
  type ApiWorld,
} from './api-world.ts'

const AREA = 1
/** Ledger time is in the period before it, so its gate is open. */
const PERIOD = deliveryPeriod(FIRST_PERIOD + 10)

let world: ApiWorld

const post = (body: unknown) => postTo(`${world.address}/api/orders`, body)
const postBatch = (orders: unknown) => postTo(`${world.address}/api/order-batches`, { orders })
const order = (change: Parameters<typeof signedOrder>[2] = {}, household = 0) =>
  signedOrder(world, world.households[household]!, { deliveryPeriod: PERIOD, ...change })

beforeAll(async () => {
  world = await startApiWorld({ port: 18_520, households: 40 })
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

describe('an order', () => {
  test('is kept as it was signed', async () => {
    const sent = order({ side: 'offer', limitPrice: price(-500_000n), quantity: energyWh(1n), salt: 2n ** 64n - 1n })
    const response = await post(sent)
    expect(response.status).toBe(202)
    const { digest, receivedAt } = await bodyOf(response, placedOrder)
    expect(await world.store.client.order.findMany()).toEqual([
      {
        digest,
        area: AREA,
        period: PERIOD,
        memberId: sent.memberId,
        side: 'offer',
        quantityWh: 1,
        limitPriceMicroEuroPerKwh: -500_000,
        salt: '18446744073709551615',
        signature: sent.signature,
        receivedAt,
      },
    ])
  })

  test('is taken for either side, once each', async () => {
    expect((await post(order())).status).toBe(202)
    expect((await post(order({ side: 'offer' }))).status).toBe(202)
    expect(await problemOf(await post(order({ side: 'offer', salt: 8n })))).toMatchObject({
      status: 409,
      code: 'order-already-placed',
    })
    expect(await world.store.client.order.count()).toBe(2)
  })

  test("is taken up to the member's limit and up to its deposit", async () => {
    const quantity = energyWh(BigInt(QUANTITY_LIMIT))
    expect((await post(order({ quantity, limitPrice: price(200_000n) }))).status).toBe(202)
    const covered = energyWh(1_000n)
    expect((await post(order({ quantity: covered, limitPrice: price(DEPOSIT) }, 1))).status).toBe(202)
  })
})

describe('an order is refused without effect', () => {
  const refusals: readonly [string, () => Record<string, unknown>, number, string][] = [
    ['after gate closure', () => order({ deliveryPeriod: deliveryPeriod(PERIOD - 1) }), 409, 'gate-closed'],
    [
      'before the calendar',
      () => order({ deliveryPeriod: deliveryPeriod(FIRST_PERIOD - 1) }),
      422,
      'period-not-traded',
    ],
    ['after the calendar', () => order({ deliveryPeriod: deliveryPeriod(LAST_PERIOD + 1) }), 422, 'period-not-traded'],
    ['for another area', () => order({ area: 2 }), 422, 'area-unknown'],
    ['of a non-member', () => ({ ...order(), memberId: 9_999 }), 403, 'order-not-a-member'],
    ['of a member that is no household', () => ({ ...order(), memberId: 1 }), 403, 'order-not-a-member'],
    [
      "in another member's name",
      () => ({ ...order(), memberId: order({}, 1).memberId }),
      403,
      'order-signature-invalid',
    ],
    ['changed after it was signed', () => ({ ...order(), quantityWh: '1001' }), 403, 'order-signature-invalid'],
    [
      'with a signature of zeros',
      () => ({ ...order(), signature: `0x${'00'.repeat(64)}` }),
      403,
      'order-signature-invalid',
    ],
    ['with a malleable signature', () => withHighS(order()), 403, 'order-signature-invalid'],
    [
      'with 65 bytes of signature',
      () => ({ ...order(), signature: `${String(order().signature)}00` }),
      400,
      'order-malformed',
    ],
    [
      "over its member's limit",
      () => order({ quantity: energyWh(BigInt(QUANTITY_LIMIT) + 1n) }),
      422,
      'order-over-limit',
    ],
    ['beyond every limit', () => order({ quantity: energyWh(2n ** 32n - 1n) }), 422, 'order-over-limit'],
    [
      'not covered by its deposit',
      () => order({ quantity: energyWh(1_001n), limitPrice: price(DEPOSIT) }),
      422,
      'order-uncovered',
    ],
    [
      'for an offer that can cost too much',
      () => order({ side: 'offer', quantity: energyWh(2_001n), limitPrice: price(-500_000n) }),
      422,
      'order-uncovered',
    ],
    ['off the tick', () => order({ limitPrice: 150_050n as Price }), 422, 'price-off-tick'],
    ['above the highest price', () => order({ limitPrice: 4_000_100n as Price }), 422, 'price-out-of-range'],
    ['below the lowest price', () => order({ limitPrice: -500_100n as Price }), 422, 'price-out-of-range'],
    ['for nothing', () => order({ quantity: energyWh(0n) }), 400, 'order-malformed'],
    ['with a field too many', () => ({ ...order(), note: 'hello' }), 400, 'order-malformed'],
    ['with a number where text belongs', () => ({ ...order(), quantityWh: 1_000 }), 400, 'order-malformed'],
    ['with a salt that is no number', () => ({ ...order(), salt: ':' }), 400, 'order-malformed'],
    ['with a salt of 65 bits', () => ({ ...order(), salt: (2n ** 64n).toString() }), 400, 'order-malformed'],
  ]

  for (const [when, make, status, code] of refusals) {
    test(`${when}: ${code}`, async () => {
      const single = await problemOf(await post(make()))
      expect(single).toMatchObject({ status, code, type: `urn:commonwatt:problem:${code}` })
      expect(single.detail.length).toBeGreaterThan(10)
      expect(single.advice.length).toBeGreaterThan(10)

      const batch = await bodyOf(await postBatch([make()]), orderBatchResult)
      expect(batch).toMatchObject({ accepted: 0, refused: 1, results: [{ status, problem: { code } }] })
      expect(await world.store.client.order.count()).toBe(0)
    })
  }

  test('that is malformed, naming each part that is wrong', async () => {
    const refusal = await problemOf(await post({ ...order(), side: 'ask', salt: '01' }))
    expect(refusal.errors?.map(({ field }) => field).sort()).toEqual(['salt', 'side'])
  })

  test('when it is sent twice, also at the same time', async () => {
    const sent = order()
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await post(sent)).status))
    expect(statuses.sort()).toEqual([202, 409, 409, 409, 409, 409, 409, 409])
    expect(await world.store.client.order.count()).toBe(1)
  })

  test('when its member was deactivated', async () => {
    const sent = order({}, 5)
    const where = { id: Number(sent.memberId) }
    await world.store.client.member.update({ where, data: { activeUntil: 1 } })
    expect(await problemOf(await post(sent))).toMatchObject({ status: 403, code: 'order-member-inactive' })
    await world.store.client.member.update({ where, data: { activeUntil: null } })
    expect(await world.store.client.order.count()).toBe(0)
  })

  test("once the operator has closed the gate, though the ledger's time would still allow it", async () => {
    await closeGate(world.store, AREA, PERIOD)
    expect(await problemOf(await post(order()))).toMatchObject({ status: 409, code: 'gate-closed' })
    expect(await world.store.client.order.count()).toBe(0)
  })
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
      ]),
      orderBatchResult,
    )
    expect(result.results.map((entry) => ('problem' in entry ? entry.problem.code : entry.status))).toEqual([
      202,
      'order-malformed',
      'order-already-placed',
      202,
      'order-already-placed',
      'order-already-placed',
      'order-malformed',
      202,
      202,
      202,
    ])
    expect(result).toMatchObject({ accepted: 5, refused: 5 })
    expect(await world.store.client.order.count()).toBe(6)
  })

  test('spans several sessions', async () => {
    await closeGate(world.store, AREA, deliveryPeriod(PERIOD + 1))
    const periods = [PERIOD, PERIOD + 1, PERIOD + 2].map((period) => order({ deliveryPeriod: deliveryPeriod(period) }))
    const { results } = await bodyOf(await postBatch(periods), orderBatchResult)
    expect(results.map(({ status }) => status)).toEqual([202, 409, 202])
  })

  test('holds 1 to 500 orders', async () => {
    for (const orders of [[], Array.from({ length: 501 }, () => null), {}, null]) {
      expect(await problemOf(await postBatch(orders))).toMatchObject({ status: 400, code: 'batch-malformed' })
    }
    const many = Array.from({ length: 500 }, (_, index) =>
      order({ deliveryPeriod: deliveryPeriod(PERIOD + Math.floor(index / 40)), salt: BigInt(index) }, index % 40),
    )
    const result = await bodyOf(await postBatch(many), orderBatchResult)
    expect(result).toMatchObject({ accepted: 500, refused: 0 })
    expect(await world.store.client.order.count()).toBe(500)
  })
})

describe('gate closure', () => {
  test('leaves every order that was answered in the session, and takes none afterwards', async () => {
    const signed = [...Array(40).keys()].map((household) => order({ salt: BigInt(household) }, household))
    const answers = signed.map(async (body) => ({ memberId: body.memberId, status: (await post(body)).status }))
    await answers[3]
    await closeGate(world.store, AREA, PERIOD)
    const closed = await readAcceptedOrders(world.store, AREA, PERIOD)

    const answered = await Promise.all(answers)
    const accepted = answered.filter(({ status }) => status === 202).map(({ memberId }) => memberId)
    expect(accepted.length).toBeGreaterThan(0)
    expect(accepted).toEqual(closed.map(({ memberId }) => memberId))
    expect(new Set(answered.map(({ status }) => status))).toSatisfy((seen: Set<number>) =>
      [...seen].every((status) => status === 202 || status === 409),
    )
    expect(await readAcceptedOrders(world.store, AREA, PERIOD)).toEqual(closed)
  })
})

describe('junk', () => {
  const send = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`${world.address}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })

  test('is refused with a status of 4xx, never a failure, whatever JSON it is', async () => {
    const anything = fc.oneof(
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ orders: [value] })),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('/api/orders', '/api/order-batches'), anything, async (path, body) => {
        const response = await send(path, body)
        await response.arrayBuffer()
        expect(response.status).toSatisfy((status: number) => status === 200 || (status >= 400 && status < 500))
        expect(response.status === 200).toBe(path === '/api/order-batches' && isBatch(body))
      }),
      { numRuns: 200 },
    )
    expect(await world.store.client.order.count()).toBe(0)
  })

  test('in one field of a good order is refused', async () => {
    const good = order()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), async (field, value) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(good[field]))
        const response = await post({ ...good, [field]: value })
        await response.arrayBuffer()
        expect(response.status).toSatisfy((status: number) => status >= 400 && status < 500)
      }),
      { numRuns: 200 },
    )
    expect(await world.store.client.order.count()).toBe(0)
  })

  test('of another type, compressed, in another character set, cut off or too large is refused as such', async () => {
    const good = JSON.stringify(order())
    const cases: readonly [Promise<Response>, number, string][] = [
      [send('/api/orders', good, { 'content-type': 'text/plain' }), 415, 'body-type-unsupported'],
      [fetch(`${world.address}/api/orders`, { method: 'POST' }), 415, 'body-type-unsupported'],
      [send('/api/orders', good, { 'content-encoding': 'gzip' }), 415, 'body-type-unsupported'],
      [
        send('/api/orders', good, { 'content-type': 'application/json; charset=iso-8859-1' }),
        415,
        'body-type-unsupported',
      ],
      [send('/api/orders', good.slice(0, -1)), 400, 'body-not-json'],
      [send('/api/orders', '"text"'), 400, 'body-not-json'],
      [send('/api/orders', `${good}${' '.repeat(8_192)}`), 413, 'body-too-large'],
      [send('/api/order-batches', `${good}${' '.repeat(262_144)}`), 413, 'body-too-large'],
    ]
    for (const [response, status, code] of cases)
      expect(await problemOf(await response)).toMatchObject({ status, code })
    expect(await world.store.client.order.count()).toBe(0)
  })
})

function isBatch(text: string): boolean {
  try {
    const body = JSON.parse(text) as { orders?: unknown } | null
    const isObject = typeof body === 'object' && body !== null && Object.keys(body).join() === 'orders'
    return isObject && Array.isArray(body.orders) && body.orders.length >= 1 && body.orders.length <= 500
  } catch {
    return false
  }
}

/** The other signature that recovers to the same key: s becomes n - s, and the parity turns. */
function withHighS(signed: Record<string, unknown>): Record<string, unknown> {
  const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const signature = String(signed.signature)
  const yParityAndS = BigInt(`0x${signature.slice(66)}`)
  const s = yParityAndS & (2n ** 255n - 1n)
  const parity = yParityAndS >> 255n
  const flipped = ((curveOrder - s) & (2n ** 255n - 1n)) | ((1n - parity) << 255n)
  return { ...signed, signature: `${signature.slice(0, 66)}${flipped.toString(16).padStart(64, '0')}` }
}
