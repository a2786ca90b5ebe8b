import { createServer, type Server } from 'node:http'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { orderDomain, recoverOrderSigner } from '../../services/chain/orders.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { parseOrder } from '../../services/domain/market/order.ts'
import { deliveryPeriod, energyWh, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { insertReadings } from '../../services/store/readings.ts'
import {
  AREA,
  DAY,
  FIRST_PERIOD,
  HOUSEHOLDS,
  runServiceOf,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'

const API_PORT = 18_442
const [CONSUMER, PRODUCER, BALANCED, SILENT] = HOUSEHOLDS

type SentOrder = { trader: number; side: string; quantityWh: string; signature: string; salt: string }
type Answer = { status: number; problem?: { code: string; detail: string } }

let platform: Platform
let neighbourhood: Neighbourhood
let broker: MqttClient
let agent: RunningService | undefined
let api: Server | undefined
let period: DeliveryPeriod = FIRST_PERIOD
let sent: SentOrder[] = []
let placedUpTo = 0

/** Stands in for the api: keeps what comes and gives the answers that the test chooses; none at all where one is null. */
async function startApi(answerTo: (order: SentOrder) => Answer | null = () => ({ status: 202 })): Promise<void> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { orders } = JSON.parse(Buffer.concat(chunks).toString()) as { orders: SentOrder[] }
      sent.push(...orders)
      const results = orders.map(answerTo)
      if (results.includes(null)) return request.socket.destroy()
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ results }))
    })
  })
  await new Promise<void>((resolve) => server.listen(API_PORT, '127.0.0.1', resolve))
  api = server
}

async function stopApi(): Promise<void> {
  api?.closeAllConnections()
  await new Promise((resolve) => (api ? api.close(resolve) : resolve(undefined)))
  api = undefined
}

const startAgent = (forecast: 'perfect' | 'persistence') => {
  agent = runServiceOf(platform, neighbourhood, 'services/agent/main.ts', {
    COMMONWATT_FORECAST: forecast,
    COMMONWATT_API_PORT: String(API_PORT),
  })
  return until('the agent has started', () => agent!.lines.some(({ msg }) => msg === 'started'))
}
const expectations = (memberId: number, loadWh: number | null, pvWh: number | null) =>
  broker.publishAsync(
    `commonwatt/v1/households/${memberId}/expected`,
    JSON.stringify({ firstPeriod: period, loadWh: [loadWh], pvWh: [pvWh] }),
    { qos: 1, retain: true },
  )
/** No market operator runs here: anybody publishes the keys of an area that are not sealed. */
const publishKeys = () => {
  const { ledger, keys } = neighbourhood
  const data = ledger.contracts.tradingDays.interface.encodeFunctionData('publishKeys', [AREA, DAY, 100])
  return sendSetUpCalls(ledger.provider, keys.administrator, [{ to: ledger.addresses.tradingDays, data }])
}
const untilPlaced = () => until(`all orders of ${period} are answered`, () => placedUpTo >= period)
const untilLogged = (words: string) =>
  until(`the agent logs "${words}"`, () => agent!.lines.some(({ msg }) => msg.endsWith(words)))

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_440, broker: 18_441 })
  neighbourhood = await startNeighbourhood(platform, {
    name: 'agents',
    ledgerPort: 18_443,
    lastPeriod: FIRST_PERIOD + 9,
  })
  await publishKeys()
  broker = await connectAsync(platform.broker.url)
  broker.on('message', (_topic, payload) => {
    placedUpTo = (JSON.parse(payload.toString()) as { deliveryPeriod: number }).deliveryPeriod
  })
  await broker.subscribeAsync('commonwatt/v1/agent/placed')
})
beforeEach(async () => {
  sent = []
  // Ordering begins a quarter-hour before delivery.
  await stepToEnd(neighbourhood, deliveryPeriod(period - 2))
})
afterEach(async () => {
  await agent?.kill('SIGKILL')
  await stopApi()
  period = deliveryPeriod(period + 1)
})
afterAll(async () => {
  await broker?.endAsync()
  await neighbourhood?.stop()
  await platform?.stop()
})

describe('the agents with perfect forecasts', () => {
  test('bid for the deficit and offer the surplus that their homes expect, and wait for a home that is late', async () => {
    await startApi()
    await startAgent('perfect')
    await expectations(CONSUMER, 900, 200)
    await expectations(PRODUCER, 100, 1_300)
    await expectations(BALANCED, 400, 400)
    await until('the first orders are placed', () => sent.length === 2)
    expect(placedUpTo).toBeLessThan(period)

    await expectations(SILENT, null, 10)
    await untilPlaced()
    const orders = sent.toSorted((one, other) => one.trader - other.trader)
    expect(orders).toMatchObject([
      { trader: CONSUMER, area: AREA, side: 'bid', quantityWh: '700', limitPriceMicroEuroPerKwh: '295000' },
      { trader: PRODUCER, area: AREA, side: 'offer', quantityWh: '1200', limitPriceMicroEuroPerKwh: '80000' },
    ])
    for (const { trader, signature, ...order } of orders) {
      const signer = recoverOrderSigner(orderDomain(neighbourhood.ledger), parseOrder({ trader, ...order }), signature)
      // The order stands until delivery starts, and nobody can guess its salt.
      expect(order).toMatchObject({ expiry: startOf(period) })
      expect(BigInt(order.salt)).toBeLessThan(2n ** 48n)
      expect(BigInt(order.salt)).toBeGreaterThan(2n ** 24n)
      const household = neighbourhood.households.find((candidate) => candidate.memberId === trader)
      expect(signer).toBe(addressOfKey(household!.tradingKey))
    }
  })

  test('place the same orders again after a restart, and take "already placed" for placed', async () => {
    await startApi()
    await startAgent('perfect')
    for (const memberId of HOUSEHOLDS) await expectations(memberId, memberId * 100, 0)
    await untilPlaced()
    const first = sent
    await agent!.kill('SIGKILL')
    await stopApi()

    sent = []
    placedUpTo = 0
    await startApi(() => ({ status: 409, problem: { code: 'order-already-placed', detail: 'placed before' } }))
    await startAgent('perfect')
    await untilPlaced()
    expect(sent).toEqual(first)
    expect(first).toHaveLength(HOUSEHOLDS.length)
    await untilLogged('4 orders placed')
  })

  test('try again while the api is away, and count what it refuses', async () => {
    for (const memberId of HOUSEHOLDS) await expectations(memberId, memberId * 100, 0)
    await startAgent('perfect')
    await startApi(({ trader }) =>
      trader === CONSUMER
        ? { status: 422, problem: { code: 'order-over-limit', detail: 'too much' } }
        : { status: 202 },
    )
    await untilPlaced()
    expect(sent).toHaveLength(HOUSEHOLDS.length)
    await untilLogged('3 orders placed, 1 refused (order-over-limit)')
  })

  test('order again where the session is not open yet', async () => {
    let refused = 0
    await startApi(() =>
      refused++ < HOUSEHOLDS.length
        ? { status: 409, problem: { code: 'session-not-open', detail: 'the day’s keys are not published' } }
        : { status: 202 },
    )
    for (const memberId of HOUSEHOLDS) await expectations(memberId, memberId * 100, 0)
    await startAgent('perfect')
    await untilPlaced()
    expect(sent.slice(HOUSEHOLDS.length)).toEqual(sent.slice(0, HOUSEHOLDS.length))
    await untilLogged('4 orders placed')
  })

  test('give up at gate closure where the api never answers', async () => {
    for (const memberId of HOUSEHOLDS) await expectations(memberId, memberId * 100, 0)
    await startApi(() => null)
    await startAgent('perfect')
    await until('all orders are sent', () => new Set(sent.map(({ trader }) => trader)).size === HOUSEHOLDS.length)
    await stepToGateClosure(neighbourhood, period)
    await untilLogged('0 orders placed, 4 not answered before gate closure')
    await stopApi()
    sent = []
    await startApi()
    await stepToEnd(neighbourhood, deliveryPeriod(period - 1))
    for (const memberId of HOUSEHOLDS) {
      const next = JSON.stringify({ firstPeriod: period + 1, loadWh: [10], pvWh: [0] })
      await broker.publishAsync(`commonwatt/v1/households/${memberId}/expected`, next, { qos: 1, retain: true })
    }
    await until('the next session is ordered in', () => placedUpTo === period + 1)
    expect(sent.map((order) => order.quantityWh)).toEqual(['10', '10', '10', '10'])
    period = deliveryPeriod(period + 1)
  })
})

describe('the agents with persistence forecasts', () => {
  test('expect what the meter showed in the same quarter-hour yesterday, and nothing where it is not known', async () => {
    await startApi()
    const yesterday = deliveryPeriod(period - 96)
    const before = deliveryPeriod(yesterday - 1)
    const registers = (memberId: number, of: DeliveryPeriod, importWh: bigint, exportWh: bigint) => ({
      memberId,
      follows: of === before || memberId === BALANCED ? null : before,
      deliveryPeriod: of,
      sequence: of - yesterday + 2,
      importRegister: energyWh(importWh),
      exportRegister: energyWh(exportWh),
      signature: '0x',
      signedBy: 'meter' as const,
      receivedAt: 0,
    })
    await insertReadings(neighbourhood.store, [
      registers(CONSUMER, before, 1_000n, 10n),
      registers(CONSUMER, yesterday, 1_500n, 110n),
      registers(PRODUCER, before, 0n, 0n),
      registers(PRODUCER, yesterday, 0n, 250n),
      registers(BALANCED, yesterday, 9n, 9n),
    ])
    await startAgent('persistence')
    await untilPlaced()
    expect(sent.toSorted((one, other) => one.trader - other.trader)).toMatchObject([
      { trader: CONSUMER, side: 'bid', quantityWh: '400' },
      { trader: PRODUCER, side: 'offer', quantityWh: '250' },
    ])
  })
})
