import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedPayload } from '../../scripts/simulation/meter-fleet.ts'
import { readingDomain } from '../../services/chain/readings.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'

/** What every protocol has to do with a meter's readings, whatever they look like on the wire. */

const STRANGER_KEY = `0x${'5e'.repeat(32)}`

type Receipt = { status: string; code?: string; deliveryPeriod?: number; sequence?: number }
/** Hands a payload over for the meter; resolves to so many answers. */
type Send = (address: string, payload: string, answers?: number) => Promise<Receipt[]>
type Protocol = {
  readonly name: string
  /** A message of these readings, as JSON texts. */
  readonly write: (readings: readonly string[]) => string
  readonly send: Send
  /** Whether a message may have several. */
  readonly isListed: boolean
}

let world: GatewayWorld
const clients = new Map<string, { client: MqttClient; receipts: Receipt[] }>()

beforeAll(async () => {
  world = await startGatewayWorld({ port: 18_365, households: PROTOCOLS.length, lastPeriod: period(50) })
  await world.startGateway()
  await world.advanceTo(endOfPeriod(1))
})
afterAll(async () => {
  for (const { client } of clients.values()) await client.endAsync(true)
  await world.stop()
})

async function connected(address: string) {
  const known = clients.get(address)
  if (known !== undefined) return known
  const client = await connectAsync(world.broker.deviceUrl, { clientId: address, reconnectPeriod: 0 })
  const receipts: Receipt[] = []
  client.on('message', (_, payload) => receipts.push(JSON.parse(payload.toString()) as Receipt))
  await client.subscribeAsync(`commonwatt/v1/meters/${address}/receipts`, { qos: 1 })
  const made = { client, receipts }
  clients.set(address, made)
  return made
}

const overMqtt =
  (topicOf: (address: string) => string): Send =>
  async (address, payload, answers = 1) => {
    const { client, receipts } = await connected(address)
    await client.publishAsync(topicOf(address), payload, { qos: 1 })
    await expect.poll(() => receipts.length, { timeout: 20_000 }).toBe(answers)
    return receipts.splice(0)
  }

const overHttp =
  (path: string, type: string): Send =>
  async (address, payload) => {
    const url = `${world.deviceUrl}${path}?i=${address}&k=commonwatt`
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: payload })
    return (await response.json()) as Receipt[]
  }

const overUrl: Send = async (address, payload) => {
  const query = new URLSearchParams({ i: address, k: 'commonwatt', d: payload, t: '2026-11-27T06:00:00Z' })
  return (await (await fetch(`${world.deviceUrl}/iot/d?${query.toString()}`)).json()) as Receipt[]
}

const asList = (readings: readonly string[]) => `[${readings.join(',')}]`
const asMeasures = (readings: readonly string[]) =>
  readings
    .map((text) => {
      const reading = JSON.parse(text) as Record<string, string | number>
      const { deliveryPeriod, sequence, importRegisterWh, exportRegisterWh, signature } = reading
      return `p|${deliveryPeriod!}|n|${sequence!}|i|${importRegisterWh!}|e|${exportRegisterWh!}|s|${signature!}`
    })
    .join('#')

const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'MQTT',
    write: ([reading]) => reading!,
    send: overMqtt((address) => `commonwatt/v1/meters/${address}/readings`),
    isListed: false,
  },
  {
    name: 'UltraLight 2.0 over MQTT',
    write: asMeasures,
    send: overMqtt((address) => `/ul/commonwatt/${address}/attrs`),
    isListed: true,
  },
  {
    name: 'JSON over MQTT',
    write: asList,
    send: overMqtt((address) => `json/commonwatt/${address}/attrs`),
    isListed: true,
  },
  { name: 'UltraLight 2.0 over HTTP', write: asMeasures, send: overHttp('/iot/d', 'text/plain'), isListed: true },
  { name: 'UltraLight 2.0 in a URL', write: asMeasures, send: overUrl, isListed: true },
  { name: 'JSON over HTTP', write: asList, send: overHttp('/iot/json', 'application/json'), isListed: true },
]

describe.each(PROTOCOLS.map((protocol, place) => ({ ...protocol, place })))(
  '$name',
  ({ place, write, send, isListed }) => {
    const home = () => world.households[place]!
    const address = () => addressOfKey(home().meterKey)
    const signed = (position: number, key = home().meterKey) =>
      signedPayload(readingDomain(world.ledger), key, readingAt(position))
    const stored = () =>
      world.store.client.meterReading.findMany({ where: { memberId: home().memberId }, orderBy: { period: 'asc' } })
    const refusal = async (meter: string, payload: string) => (await send(meter, payload)).map(({ code }) => code)

    test('brings a reading, which is durable when it is answered, and the same again is known', async () => {
      const payload = write([signed(-1)])
      expect(await send(address(), payload)).toMatchObject([
        { deliveryPeriod: period(-1), sequence: 1, status: 'accepted' },
      ])
      expect(await stored()).toMatchObject([{ period: period(-1), sequence: 1, importRegisterWh: 1_000n }])
      expect(await refusal(address(), payload)).toEqual(['reading-replayed'])
      expect(await stored()).toHaveLength(1)
    })

    test('refuses, with its reason and a row, and changes nothing', async () => {
      expect(await refusal(address(), write([signed(0, STRANGER_KEY)]))).toEqual(['reading-signature-invalid'])
      expect(await refusal(address(), write([signed(9)]))).toEqual(['reading-from-the-future'])
      expect(await refusal(address(), write([signed(0)]).slice(0, -9))).toEqual(['reading-malformed'])
      expect(await refusal(addressOfKey(STRANGER_KEY), write([signed(0, STRANGER_KEY)]))).toEqual(['meter-unknown'])
      expect(await stored()).toHaveLength(1)
      const where = { topic: { contains: address() }, code: { not: 'reading-replayed' } }
      await expect.poll(() => world.store.client.refusedMessage.count({ where })).toBe(3)
    })

    test('brings several readings, at once where it can, and answers each', async () => {
      const readings = [signed(0), signed(1), signed(0)]
      const messages = isListed ? [readings] : readings.map((reading) => [reading])
      const receipts: Receipt[] = []
      for (const message of messages) receipts.push(...(await send(address(), write(message), message.length)))
      expect(receipts.map(({ status, code }) => code ?? status)).toEqual(['accepted', 'accepted', 'reading-replayed'])
      expect((await stored()).map(({ sequence }) => sequence)).toEqual([1, 2, 3])
    })
  },
)

test('what was answered is known after the gateway was killed, by whatever protocol it comes again', async () => {
  await world.killGateway()
  await world.startGateway()
  const { meterKey } = world.households[1]!
  const payload = signedPayload(readingDomain(world.ledger), meterKey, readingAt(-1))
  for (const { write, send, name } of PROTOCOLS) {
    const receipts = await send(addressOfKey(meterKey), write([payload]))
    expect(
      receipts.map(({ code }) => code),
      name,
    ).toEqual(['reading-replayed'])
  }
})
