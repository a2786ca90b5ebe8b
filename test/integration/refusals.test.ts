import { setTimeout as delay } from 'node:timers/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withoutCredentials } from '../../scripts/simulation/device-url.ts'
import { revertToDomainError } from '../../services/chain/errors.ts'
import { dailyKeyOf } from '../../services/chain/daily-keys.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { orderDigest, orderDomain, signOrder, type SignedOrder } from '../../services/chain/orders.ts'
import { packOrders } from '../../services/chain/packed-orders.ts'
import { readingDomain, signReading, type MeterReading } from '../../services/chain/readings.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { areKeysPublished, readTradingKeys } from '../../services/chain/trading-days.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { DomainError } from '../../services/domain/errors.ts'
import { clearingOf, sortOrders } from '../../services/domain/market/clearing.ts'
import { encodePayments } from '../../services/domain/settlement/payment.ts'
import { formatOrder } from '../../services/domain/market/order.ts'
import {
  deliveryPeriod,
  endOf,
  endOfDay,
  energyWh,
  money,
  price,
  startOf,
  tradingDayOf,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import { readKey } from '../../services/chain/role-keys.ts'
import { readHouseholdKeys, type HouseholdKeys } from '../../services/runtime/keys.ts'
import { insertErasure, readErasure } from '../../services/store/erasures.ts'
import { readTraderLinks } from '../../services/store/traders.ts'
import { listRefusals } from '../../services/store/views/refusals.ts'
import { plant } from './ledger-plant.ts'
import { findNeedles, PLACES, readEverything } from './ledger-scan.ts'
import { needlesOfFlexibility, neverRecorded, PERSONAL_KINDS, readPersonalData } from './personal-data.ts'
import { FIRST_PERIOD, launchForTest, until } from './running-platform.ts'

/** Every refusal against the running system: a clear error, and nothing changed by it. */

const AREA = 1
const DAY = tradingDayOf(FIRST_PERIOD)
// Neither occurs by chance.
const NAMES = ['Okonkwo, 12 Linden Street', 'Virtanen, 14 Linden Street', 'Adeyemi, 16 Linden Street'] as const
const REGISTER = 81_234_567_000n
let platform: Awaited<ReturnType<typeof launchForTest>>
let buyer: HouseholdKeys
let seller: HouseholdKeys
/** Under which number each home trades on the day. */
let traderOf: ReadonlyMap<number, number>

beforeAll(async () => {
  platform = await launchForTest(NAMES)
  const keys = await readHouseholdKeys(platform.dataFolder)
  buyer = keys.find(({ name }) => name === NAMES[0])!
  seller = keys.find(({ name }) => name === NAMES[1])!
  await until(() => areKeysPublished(platform.ledger, AREA, DAY), 'the trading keys')
  const links = await readTraderLinks(platform.store, AREA, DAY)
  traderOf = new Map(links.map(({ memberId, trader }) => [memberId, trader]))
})
afterAll(() => platform.stop())

type Wish = {
  side: 'bid' | 'offer'
  quantity?: bigint
  limit?: bigint
  salt?: bigint
  period?: DeliveryPeriod
  trader?: number
  expiry?: number
}

function orderOf(household: HouseholdKeys, wish: Wish): SignedOrder {
  const order = {
    area: AREA,
    trader: wish.trader ?? traderOf.get(household.memberId)!,
    deliveryPeriod: wish.period ?? FIRST_PERIOD,
    side: wish.side,
    quantity: energyWh(wish.quantity ?? 500n),
    limitPrice: price(wish.limit ?? 200_000n),
    expiry: wish.expiry ?? startOf(FIRST_PERIOD),
    salt: wish.salt ?? 1n,
  }
  const signature = signOrder(orderDomain(platform.ledger), order, dailyKeyOf(household.tradingKey, AREA, DAY, 0))
  return { ...order, signature }
}

function post(
  body: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Response> {
  return fetch(`${platform.apiUrl}/api/orders`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

function bodyOf({ signature, ...order }: SignedOrder): Record<string, unknown> {
  return { ...formatOrder(order), signature }
}

async function expectRefused(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  const problem = (await response.json()) as { code: string; detail: string; status: number }
  expect({ code: problem.code, status: response.status }).toEqual({ code, status })
  expect(problem.detail.length).toBeGreaterThan(10)
}

/** What the ledger answers to a call as of a block, as if it had been the next transaction after it. */
async function callAfter(
  block: number,
  from: string,
  contract: 'callAuction' | 'settlement',
  name: string,
  parameters: readonly unknown[],
): Promise<DomainError | null> {
  try {
    await platform.ledger.contracts[contract].getFunction(name).staticCall(...parameters, { from, blockTag: block })
    return null
  } catch (error) {
    return revertToDomainError(error)
  }
}

describe('orders', () => {
  const countOrders = () => platform.store.client.order.count()

  test('are accepted once, and refused twice, forged, from strangers, over the limits, or as junk', async () => {
    await advanceTo(platform.ledger, startOf(FIRST_PERIOD) - 900)
    const order = orderOf(buyer, { side: 'bid' })
    await until(async () => (await fetch(`${platform.apiUrl}/health`)).status === 200, 'a healthy platform')
    const accepted = await post(bodyOf(order))
    expect(accepted.status, await accepted.clone().text()).toBe(202)
    expect(accepted.headers.get('location')).toContain(orderDigest(orderDomain(platform.ledger), order))
    expect(await countOrders()).toBe(1)

    await expectRefused(await post(bodyOf(order)), 409, 'order-already-placed')
    await expectRefused(await post(bodyOf(orderOf(buyer, { side: 'bid', salt: 0n }))), 409, 'order-superseded')
    await expectRefused(
      await post(bodyOf({ ...orderOf(seller, { side: 'offer' }), trader: traderOf.get(buyer.memberId)! })),
      403,
      'order-signature-invalid',
    )
    await expectRefused(
      await post({ ...bodyOf(orderOf(seller, { side: 'offer' })), quantityWh: '501' }),
      403,
      'order-signature-invalid',
    )
    await expectRefused(await post(bodyOf(orderOf(seller, { side: 'offer', trader: 999 }))), 403, 'order-not-a-member')
    await expectRefused(
      await post(bodyOf(orderOf(seller, { side: 'offer', quantity: 4_314n }))),
      422,
      'order-over-limit',
    )
    await expectRefused(
      await post(bodyOf(orderOf(seller, { side: 'offer', expiry: startOf(FIRST_PERIOD) - 301 }))),
      422,
      'order-expired',
    )
    await expectRefused(
      await post(bodyOf(orderOf(seller, { side: 'offer', period: deliveryPeriod(FIRST_PERIOD + 96) }))),
      422,
      'period-not-traded',
    )
    await expectRefused(
      await post({ ...bodyOf(orderOf(seller, { side: 'offer' })), limitPriceMicroEuroPerKwh: '200050' }),
      422,
      'price-off-tick',
    )
    await expectRefused(await post('{"trader": 3,'), 400, 'body-not-json')
    await expectRefused(await post('junk', { 'content-type': 'text/plain' }), 415, 'body-type-unsupported')
    await expectRefused(
      await post({ ...bodyOf(orderOf(seller, { side: 'offer' })), quantityWh: -1 }),
      400,
      'order-malformed',
    )
    await expectRefused(await post({ padding: 'x'.repeat(300_000) }), 413, 'body-too-large')
    expect(await countOrders()).toBe(1)
  })

  test('are refused after gate closure', async () => {
    const offer = orderOf(seller, { side: 'offer', limit: 100_000n })
    expect((await post(bodyOf(offer))).status).toBe(202)
    await advanceTo(platform.ledger, startOf(FIRST_PERIOD) - 300)
    await expectRefused(await post(bodyOf(orderOf(seller, { side: 'bid' }))), 409, 'gate-closed')
    expect(await countOrders()).toBe(2)
  })
})

describe('the ledger', () => {
  test('is named by the api, with all that a signature needs', async () => {
    const answer = (await (await fetch(`${platform.apiUrl}/api/ledger`)).json()) as Record<string, unknown>
    const contracts = Object.entries(platform.ledger.addresses).map(([name, address]) => [name, address.toLowerCase()])
    expect(answer).toMatchObject({
      chainId: Number(platform.ledger.chainId),
      contracts: Object.fromEntries(contracts) as unknown,
    })
  })

  const transactionOf = async (purpose: string) =>
    platform.store.client.operatorTransaction.findUniqueOrThrow({ where: { purpose } })

  test('accepts the clearing price of the rule and refuses one a tick off, other orders, and a second clearing', async () => {
    await until(
      async () => (await readSession(platform.ledger, AREA, FIRST_PERIOD)).state === 'cleared',
      'the clearing',
    )
    const orders = sortOrders([orderOf(buyer, { side: 'bid' }), orderOf(seller, { side: 'offer', limit: 100_000n })])
    const { claim } = clearingOf(orders)
    expect(claim.price).toBe(150_000n)
    const purpose = `close-gate:${AREA}:${FIRST_PERIOD}`
    await until(async () => (await transactionOf(purpose)).blockNumber !== null, 'the block of the gate closure')
    const { blockNumber } = await transactionOf(purpose)
    const anyone = addressOfKey(seller.tradingKey)
    const entries = await readTradingKeys(platform.ledger, AREA, tradingDayOf(FIRST_PERIOD))
    const pack = (some: readonly SignedOrder[]) =>
      packOrders(
        some.map((order) => ({ order, entry: entries.find(({ trader }) => trader === order.trader)! })),
        startOf(FIRST_PERIOD) - 300,
      )
    const clearAt = (block: number, price: bigint, some: readonly SignedOrder[] = orders) =>
      callAfter(block, anyone, 'callAuction', 'clear', [
        AREA,
        FIRST_PERIOD,
        { ...claim, price },
        pack(some),
        new Uint8Array(),
      ])
    const clear = (price: bigint, some: readonly SignedOrder[] = orders) => clearAt(blockNumber!, price, some)
    expect(await clear(150_000n)).toBeNull()
    expect(await clear(150_100n)).toMatchObject({ code: 'call-auction-wrong-price' })
    expect(await clear(149_900n)).toMatchObject({ code: 'call-auction-wrong-price' })
    expect(await clear(150_000n, orders.slice(1))).toMatchObject({ code: 'call-auction-wrong-length' })
    expect(await clear(150_000n, [orders[0]!, orders[0]!])).toMatchObject({ code: 'call-auction-wrong-orders' })
    const latest = await platform.ledger.provider.getBlockNumber()
    expect(await clearAt(latest, 150_000n)).toMatchObject({ code: 'call-auction-already-cleared' })
  })

  test('refuses to close a gate early, and to let anyone but the operator close it', async () => {
    const operator = addressOfKey(await readKey(platform.dataFolder, 'market-operator'))
    const latest = await platform.ledger.provider.getBlockNumber()
    const close = (from: string) =>
      callAfter(latest, from, 'callAuction', 'closeGate', [AREA, FIRST_PERIOD + 5, 0, `0x${'00'.repeat(32)}`])
    expect(await close(operator)).toMatchObject({ code: 'call-auction-gate-open' })
    expect(await close(addressOfKey(buyer.tradingKey))).toMatchObject({ code: 'credential-registry-role-missing' })
  })
})

describe('readings', () => {
  let meter: MqttClient
  let address: string
  const receipts: { status: string; code?: string; reason?: string; sequence?: number }[] = []
  const count = () => platform.store.client.meterReading.count()

  beforeAll(async () => {
    address = addressOfKey(buyer.meterKey)
    meter = await connectAsync(withoutCredentials(platform.brokerUrl), { clientId: address })
    meter.on('message', (_, payload) => receipts.push(JSON.parse(payload.toString()) as (typeof receipts)[number]))
    await meter.subscribeAsync(`commonwatt/v1/meters/${address}/receipts`, { qos: 1 })
    await advanceTo(platform.ledger, endOf(FIRST_PERIOD))
  })
  afterAll(() => meter.endAsync())

  async function answerTo(payload: string): Promise<(typeof receipts)[number]> {
    const heard = receipts.length
    await meter.publishAsync(`commonwatt/v1/meters/${address}/readings`, payload, { qos: 1 })
    await until(() => receipts.length > heard, `the receipt of ${payload.slice(0, 80)}`)
    return receipts.at(-1)!
  }

  function signed(reading: MeterReading, key = buyer.meterKey): string {
    return JSON.stringify({
      deliveryPeriod: reading.deliveryPeriod,
      sequence: reading.sequence,
      importRegisterWh: String(reading.importRegister),
      exportRegisterWh: String(reading.exportRegister),
      signature: signReading(readingDomain(platform.ledger), reading, key),
    })
  }

  const at = (period: number, sequence: number, importRegister: bigint, exportRegister = 0n) => ({
    deliveryPeriod: deliveryPeriod(period),
    sequence,
    importRegister,
    exportRegister,
  })

  test('are accepted once, and refused forged, replayed, running backwards, from the future, or as junk', async () => {
    expect(await answerTo(signed(at(FIRST_PERIOD - 1, 1, REGISTER)))).toMatchObject({ status: 'accepted' })
    expect(await count()).toBe(1)
    const refused = async (payload: string, code: string) => {
      const receipt = await answerTo(payload)
      expect(receipt).toMatchObject({ status: 'refused', code })
      expect(receipt.reason!.length).toBeGreaterThan(10)
    }
    await refused(signed(at(FIRST_PERIOD, 2, REGISTER + 517n), seller.meterKey), 'reading-signature-invalid')
    await refused(signed(at(FIRST_PERIOD - 1, 1, REGISTER)), 'reading-replayed')
    await refused(signed(at(FIRST_PERIOD, 2, REGISTER - 1n)), 'reading-register-backwards')
    await refused(signed(at(FIRST_PERIOD + 1, 2, REGISTER + 517n)), 'reading-from-the-future')
    await refused(signed(at(FIRST_PERIOD, 2, REGISTER + 8_999_000n)), 'reading-implausible')
    await refused('{"deliveryPeriod":', 'reading-malformed')
    await refused(JSON.stringify({ deliveryPeriod: 'now' }), 'reading-malformed')
    expect(await count()).toBe(1)

    expect(await answerTo(signed(at(FIRST_PERIOD, 2, REGISTER + 517n)))).toMatchObject({ status: 'accepted' })
    expect(await count()).toBe(2)
  })

  test('of another meter count beside them, so that no total is one household alone', async () => {
    const other = addressOfKey(seller.meterKey)
    const client = await connectAsync(withoutCredentials(platform.brokerUrl), { clientId: other })
    const send = (reading: MeterReading) =>
      client.publishAsync(`commonwatt/v1/meters/${other}/readings`, signed(reading, seller.meterKey), { qos: 1 })
    await send(at(FIRST_PERIOD - 1, 1, REGISTER + 7_777_777n, REGISTER * 2n))
    await send(at(FIRST_PERIOD, 2, REGISTER + 7_777_790n, REGISTER * 2n + 433n))
    await until(async () => (await count()) === 4, 'the readings of the other meter')
    await client.endAsync()
  })

  test('that were refused are kept with their reason, and shown to no stranger', async () => {
    const kept = async () => (await listRefusals(platform.store, { limit: 50 })).items
    await until(async () => (await kept()).length >= 7, 'the refusals')
    expect(new Set((await kept()).map(({ code }) => code))).toContain('reading-signature-invalid')
    expect((await fetch(`${platform.apiUrl}/api/refusals`)).status).toBe(401)
  })
})

describe('the settlement', () => {
  test('is refused before its window is over, with other payments than were committed, and happens once', async () => {
    const day = tradingDayOf(FIRST_PERIOD)
    const { client } = platform.store
    const advanceUntil = async (condition: () => Promise<boolean>, what: string) => {
      await until(async () => {
        if (await condition()) return true
        const { timestamp } = (await platform.ledger.provider.getBlock('latest'))!
        await advanceTo(platform.ledger, timestamp + 300)
        // Statements are drawn up in less than the hour of the ledger's after which they are refused as outdated.
        await delay(500)
        return false
      }, what)
    }
    await advanceTo(platform.ledger, endOfDay(day))
    const run = () => client.settlementRun.findFirst({ where: { day, run: 0 } })
    await advanceUntil(async () => (await run()) !== null, 'the statements')
    await advanceUntil(async () => ((await run())?.paidTransaction ?? null) !== null, 'the payments')

    const blockOf = async (hash: string) => (await platform.ledger.provider.getTransactionReceipt(hash))!.blockNumber
    const { committedTransaction, paidTransaction } = (await run())!
    const [committedIn, paidIn] = [await blockOf(committedTransaction), await blockOf(paidTransaction!)]
    const payments = await client.payment.findMany({ where: { day, run: 0 }, orderBy: { memberId: 'asc' } })
    expect(payments.length).toBeGreaterThan(2)
    const pay = async (block: number, change: bigint) => {
      const packed = encodePayments(
        payments.map(({ memberId, amountMicroEuro }, position) => ({
          memberId,
          amount: money(amountMicroEuro + (position === 0 ? change : 0n)),
        })),
      )
      return callAfter(block, addressOfKey(buyer.tradingKey), 'settlement', 'payRun', [AREA, day, 0, packed])
    }
    expect(await pay(committedIn, 0n)).toMatchObject({ code: 'settlement-too-early' })
    expect(await pay(paidIn - 1, 0n)).toBeNull()
    expect(await pay(paidIn - 1, 1n)).toMatchObject({ code: 'settlement-wrong-payments' })
    expect(await pay(paidIn, 0n)).toMatchObject({ code: 'settlement-already-paid' })
    expect(platform.notices).toEqual([])
  })
})

describe('the ledger after all this', () => {
  test('holds nothing by which somebody could be known, in no input, log, storage or code', async () => {
    const { ledger, store, dataFolder } = platform
    const [needles, ofFlexibility] = await Promise.all([
      readPersonalData(store, dataFolder),
      needlesOfFlexibility(store, dataFolder),
    ])
    const samples = [...new Map(needles.map((needle) => [needle.kind, needle])).values()]
    expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(PERSONAL_KINDS))
    const written = await readEverything(ledger)
    expect(new Set(written.map(({ place }) => place))).toEqual(new Set(PLACES))
    expect(findNeedles(written, [...needles, ...ofFlexibility])).toEqual([])
    // Values that nobody recorded are found as seldom: what is long enough not to occur by chance is not found at all.
    expect(findNeedles(written, neverRecorded(needles))).toEqual([])

    for (const { bytes } of samples) await plant(ledger, await readKey(dataFolder, 'supplier'), bytes)
    const planted = await readEverything(ledger)
    const found = findNeedles(planted, samples).map(({ kind, place }) => `${kind} in ${place}`)
    expect(new Set(found)).toEqual(new Set(samples.flatMap(({ kind }) => PLACES.map((place) => `${kind} in ${place}`))))
  })
})

test('what processes keep of a household is gone once its erasure is asked for', async () => {
  const { ledger, store } = platform
  await insertErasure(store, buyer.memberId, 1)
  await advanceTo(ledger, (await ledger.provider.getBlock('latest'))!.timestamp + 1)
  const known = () => store.client.household.count({ where: { memberId: buyer.memberId } })
  await until(async () => (await known()) === 0, 'the end of the household')
  expect(await readErasure(store, buyer.memberId)).toMatchObject({ isGatewayDone: true, isMarketOperatorDone: true })
})
