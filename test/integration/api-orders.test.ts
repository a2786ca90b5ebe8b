import { Signature, verifyTypedData, Wallet } from 'ethers'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ledgerIdentity } from '../../services/api/schemas/ledger.ts'
import { order as placed, orderBatchResult, placedOrder } from '../../services/api/schemas/orders.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { formatOrder } from '../../services/domain/market/order.ts'
import { deliveryPeriod, energyWh, price, startOf, type Price } from '../../services/domain/units.ts'
import { closeGate } from '../../services/store/gate-closures.ts'
import { bodyOf, postTo, problemOf } from './api-answers.ts'
import { AREA, FIRST_PERIOD, LAST_PERIOD, QUANTITY_LIMIT, tradingAddressOf } from './api-market.ts'
import { orderOf, signedOrder, startApiWorld, type ApiWorld } from './api-world.ts'

const GATE_CLOSURE_LEAD = 300
/** As in contracts/types/Roles.sol. */
const RECEIPT_SIGNER = roleNumberOf('receipt-signer')
const NONE = `0x${'00'.repeat(32)}`
/** Ledger time is in the period before it, so its gate is open. */
const PERIOD = deliveryPeriod(FIRST_PERIOD + 10)

let world: ApiWorld

const post = (body: unknown) => postTo(`${world.address}/api/orders`, body)
const postBatch = (orders: unknown) => postTo(`${world.address}/api/order-batches`, { orders })
const order = (change: Parameters<typeof signedOrder>[2] = {}, household = 0) =>
  signedOrder(world, world.households[household]!, { deliveryPeriod: PERIOD, ...change })

beforeAll(async () => {
  world = await startApiWorld({ port: 18_520, households: 10 })
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
  test('is kept as it was signed, with its receipt', async () => {
    const sent = order({ side: 'offer', limitPrice: price(-500_000n), quantity: energyWh(1n), salt: 2n ** 64n - 1n })
    const response = await post(sent)
    expect(response.status).toBe(202)
    const { digest, receivedAt, gateClosesAt, receipt } = await bodyOf(response, placedOrder)
    expect(receipt).toMatchObject({ orderDigest: digest, position: 1, deadline: gateClosesAt })
    expect(await world.store.client.order.findMany()).toEqual([
      {
        digest,
        area: AREA,
        period: PERIOD,
        trader: sent.trader,
        side: 'offer',
        quantityWh: 1,
        limitPriceMicroEuroPerKwh: -500_000,
        expiry: BigInt(Number(sent.expiry)),
        salt: '18446744073709551615',
        signature: sent.signature,
        signingKey: tradingAddressOf(world.households[0]!),
        position: 1,
        receipt: receipt?.signature,
        receivedAt,
      },
    ])
  })

  test('is signed by any wallet, and its receipt checked, with what /api/ledger says alone', async () => {
    const { chainId, contracts, signing } = await bodyOf(await fetch(`${world.address}/api/ledger`), ledgerIdentity)
    const { name, version } = signing
    const domainOf = (contract: string) => ({ name, version, chainId, verifyingContract: contracts[contract]! })
    const [household] = world.households
    const { side, limitPrice, ...order } = orderOf(household!, { deliveryPeriod: PERIOD })
    const message = { product: 0, ...order, side: 0, limitPrice, terms: `0x${'00'.repeat(32)}` }
    const signature = await new Wallet(household!.tradingKey).signTypedData(
      domainOf('callAuction'),
      typesOf(signing.order),
      message,
    )
    const sent = {
      ...formatOrder({ ...order, side, limitPrice }),
      signature: Signature.from(signature).compactSerialized,
    }
    const { receipt } = await bodyOf(await post(sent), placedOrder)

    const { signature: receiptSignature, ...stated } = receipt!
    const signer = verifyTypedData(domainOf('orderReceipts'), typesOf(signing.receipt), stated, receiptSignature)
    expect(signer.toLowerCase()).toBe(signing.receiptSigner)
    const [credential] = await readContract(world.ledger, 'credentialRegistry', 'heldBy', signer, RECEIPT_SIGNER, 1)
    expect(credential).not.toBe(NONE)
  })

  test('is taken for either side, and replaced by a greater salt alone', async () => {
    expect((await post(order())).status).toBe(202)
    expect((await post(order({ side: 'offer', quantity: energyWh(100n) }))).status).toBe(202)
    expect((await post(order({ salt: 8n }))).status).toBe(202)
    for (const salt of [6n, 8n]) {
      expect(await problemOf(await post(order({ salt, quantity: energyWh(7n) })))).toMatchObject({
        status: 409,
        code: 'order-superseded',
      })
    }
    expect(await world.store.client.order.count()).toBe(3)
  })

  test('is cancelled by one for nothing, which needs none before it', async () => {
    expect((await post(order({ quantity: energyWh(0n), salt: 1n }))).status).toBe(202)
    const { digest } = await bodyOf(await post(order({ salt: 2n })), placedOrder)
    const cancellation = await bodyOf(await post(order({ quantity: energyWh(0n), salt: 3n })), placedOrder)
    for (const name of [digest, cancellation.digest]) {
      expect(await bodyOf(await fetch(`${world.address}/api/orders/${name}`), placed)).toMatchObject({
        state: 'cancelled',
      })
    }
  })

  test("is taken up to the key's limit, and up to what the member may risk in the session", async () => {
    const quantity = energyWh(BigInt(QUANTITY_LIMIT))
    expect((await post(order({ quantity, limitPrice: price(200_000n) }))).status).toBe(202)
    // With the fee of 1,000.
    const covered = { quantity: energyWh(1_000n), limitPrice: price(999_000n) }
    expect((await post(order(covered, 1))).status).toBe(202)
  })

  test('counts the bid and the offer of its member together', async () => {
    // The bid risks 699,000 and the fee of 1,000; what an offer at 200,000 does not deliver costs 300,000 - 200,000 per kWh.
    const bid = order({ quantity: energyWh(1_000n), limitPrice: price(699_000n) })
    const offer = (quantity: bigint) => order({ side: 'offer', quantity: energyWh(quantity) })
    expect((await post(bid)).status).toBe(202)
    const refusal = await problemOf(await post(offer(3_001n)))
    expect(refusal).toMatchObject({ status: 422, code: 'order-over-allowance' })
    for (const figure of ['300100', '700000', '1000000']) expect(refusal.detail).toContain(figure)
    expect((await post(offer(3_000n))).status).toBe(202)
  })

  test('is taken from a contract account, when its contract accepts the signature', async () => {
    const contract = world.households.length - 1
    const sent = order({}, contract)
    expect((await post({ ...sent, signature: `0x01${'ab'.repeat(2_047)}` })).status).toBe(202)
    const refusal = await problemOf(await post({ ...sent, salt: '9', signature: '0x02' }))
    expect(refusal).toMatchObject({ status: 403, code: 'order-signature-invalid' })
    expect(await world.store.client.order.findMany()).toMatchObject([
      { signingKey: world.households[contract]!.contractAccount },
    ])
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
    ['of a non-member', () => ({ ...order(), trader: 9_999 }), 403, 'order-not-a-member'],
    ['of a member that is no household', () => ({ ...order(), trader: 1 }), 403, 'order-not-a-member'],
    ["in another member's name", () => ({ ...order(), trader: order({}, 1).trader }), 403, 'order-signature-invalid'],
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
      403,
      'order-signature-invalid',
    ],
    [
      'with more than 2 kB of signature',
      () => ({ ...order(), signature: `0x${'01'.repeat(2_049)}` }),
      400,
      'order-malformed',
    ],
    ['for a day whose keys are not there', () => order({ deliveryPeriod: LAST_PERIOD }), 409, 'session-not-open'],
    [
      'that expires before gate closure',
      () => order({ expiry: startOf(PERIOD) - GATE_CLOSURE_LEAD - 1 }),
      422,
      'order-expired',
    ],
    ['with an expiry beyond 2^32', () => ({ ...order(), expiry: 2 ** 32 }), 400, 'order-malformed'],
    ['without an expiry', () => ({ ...order(), expiry: undefined }), 400, 'order-malformed'],
    [
      "over its member's limit",
      () => order({ quantity: energyWh(BigInt(QUANTITY_LIMIT) + 1n) }),
      422,
      'order-over-limit',
    ],
    ['of 2^31 Wh', () => ({ ...order(), quantityWh: String(2 ** 31) }), 400, 'order-invalid'],
    [
      'for more than its member may risk',
      () => order({ quantity: energyWh(1_001n), limitPrice: price(1_000_000n) }),
      422,
      'order-over-allowance',
    ],
    [
      'for an offer that can cost too much',
      () => order({ side: 'offer', quantity: energyWh(1_251n), limitPrice: price(-500_000n) }),
      422,
      'order-over-allowance',
    ],
    ['off the tick', () => order({ limitPrice: 150_050n as Price }), 422, 'price-off-tick'],
    ['above the highest price', () => order({ limitPrice: 4_000_100n as Price }), 422, 'price-out-of-range'],
    ['below the lowest price', () => order({ limitPrice: -500_100n as Price }), 422, 'price-out-of-range'],
    ['for less than nothing', () => ({ ...order(), quantityWh: '-1' }), 400, 'order-malformed'],
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

  test("once the operator has closed the gate, though the ledger's time would still allow it", async () => {
    await closeGate(world.store, AREA, PERIOD)
    expect(await problemOf(await post(order()))).toMatchObject({ status: 409, code: 'gate-closed' })
    expect(await world.store.client.order.count()).toBe(0)
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
      [send('/api/order-batches', `${good}${' '.repeat(524_288)}`), 413, 'body-too-large'],
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

/** `Order(uint8 product,…)` as ethers takes it. */
function typesOf(type: string): Record<string, { type: string; name: string }[]> {
  const [, struct, members] = /^(\w+)\((.+)\)$/.exec(type)!
  const fields = members!.split(',').map((member) => member.split(' ') as [string, string])
  return { [struct!]: fields.map(([fieldType, name]) => ({ type: fieldType, name })) }
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
