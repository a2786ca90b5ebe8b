import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDeviceAuthority, type DeviceAuthority } from '../../scripts/devices/device-authority.ts'
import { openPasswords, writePassword } from '../../services/runtime/device-passwords.ts'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'

const METER = `0x${'a1'.repeat(20)}`
const NEIGHBOUR = `0x${'b2'.repeat(20)}`
const topicOf = (meter: string, name: string) => `commonwatt/v1/meters/${meter}/${name}`

let folder: string
let broker: RunningBroker
let authority: DeviceAuthority
let ca: Buffer
const clients: MqttClient[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-broker-tls-'))
  authority = await openDeviceAuthority(folder, Date.now())
  ca = await readFile(authority.caFile)
  const { certificate, key } = await authority.prepareBroker('embedded-broker', ['localhost', '127.0.0.1'])
  const passwords = path.join(folder, 'passwords')
  await writePassword(passwords, METER, 'of the meter', randomBytes(12))
  broker = await startBroker({
    port: 0,
    servicePassword: 'of the services',
    checkPassword: openPasswords(passwords),
    secure: { port: 0, key: await readFile(key, 'utf8'), cert: await readFile(certificate, 'utf8'), ca: ca.toString() },
  })
})
afterAll(async () => {
  for (const client of clients) client.end(true)
  await broker.stop()
  await rm(folder, { recursive: true, force: true })
})

async function connect(url: string, options: IClientOptions): Promise<MqttClient> {
  const client = await connectAsync(url, { ca, reconnectPeriod: 0, ...options }, false)
  client.on('error', () => undefined)
  clients.push(client)
  return client
}
const connectSecurely = (options: IClientOptions) => connect(broker.secureUrl!, options)

const pairs = new Map<string, Promise<{ cert: Buffer; key: Buffer }>>()
function pairOf(meter: string) {
  const issue = async () => {
    const { certificate, key } = await authority.issueDevice(meter)
    return { cert: await readFile(certificate), key: await readFile(key) }
  }
  const pair = pairs.get(meter) ?? issue()
  pairs.set(meter, pair)
  return pair
}

async function listen(client: MqttClient, topic: string): Promise<string[]> {
  const texts: string[] = []
  client.on('message', (_, payload) => texts.push(payload.toString()))
  await client.subscribeAsync(topic, { qos: 1 })
  return texts
}

const WAYS = [
  ['a certificate over TLS', async () => connectSecurely(await pairOf(METER))],
  ['a password over TLS', () => connectSecurely({ username: METER, password: 'of the meter' })],
  ['a password in the clear', () => connect(broker.deviceUrl, { username: METER, password: 'of the meter' })],
] as const

describe.each(WAYS)('a device with %s', (_, connectMeter) => {
  test('hands in its own and hears its own, and is dropped with what is of another', async () => {
    const service = await connect(broker.url, {})
    const heard = await listen(service, 'commonwatt/v1/meters/+/readings')
    const device = await connectMeter()
    const receipts = await listen(device, topicOf(METER, 'receipts'))
    await device.publishAsync(topicOf(METER, 'readings'), 'own', { qos: 1 })
    await service.publishAsync(topicOf(METER, 'receipts'), 'receipt', { qos: 1 })
    await expect.poll(() => [heard, receipts]).toEqual([['own'], ['receipt']])
    await expect(device.subscribeAsync(topicOf(NEIGHBOUR, 'receipts'), { qos: 1 })).rejects.toThrow()
    const closed = new Promise<void>((resolve) => device.once('close', () => resolve()))
    device.publish(topicOf(NEIGHBOUR, 'readings'), 'forged', { qos: 1 })
    await closed
    await service.publishAsync(topicOf(NEIGHBOUR, 'readings'), 'mark', { qos: 1 })
    await expect.poll(() => heard).toEqual(['own', 'mark'])
  })
})

describe('the embedded broker over TLS', () => {
  test('takes the client id from the identity, so that nobody ends the connection of another', async () => {
    const service = await connect(broker.url, {})
    const heard = await listen(service, 'commonwatt/v1/meters/+/readings')
    const meter = await connectSecurely({ ...(await pairOf(METER)), clientId: 'anything' })
    await connectSecurely({ ...(await pairOf(NEIGHBOUR)), clientId: METER })
    await meter.publishAsync(topicOf(METER, 'readings'), 'still there', { qos: 1 })
    await expect.poll(() => heard).toEqual(['still there'])
  })

  test.each([
    ['a client id alone', { clientId: METER }],
    ['a wrong password', { username: METER, password: 'a guess' }],
    ['no password', { username: METER }],
    ["another's password", { username: NEIGHBOUR, password: 'of the meter' }],
    ["the services' name with a device's password", { username: 'service', password: 'of the meter' }],
  ])('refuses %s', async (_, options) => {
    await expect(connectSecurely(options)).rejects.toThrow(/not authorized/i)
  })

  test('refuses a certificate that another authority vouches for, though the password is right', async () => {
    const stranger = await openDeviceAuthority(path.join(folder, 'stranger'), Date.now())
    const { certificate, key } = await stranger.issueDevice(METER)
    const pair = { cert: await readFile(certificate), key: await readFile(key) }
    await expect(connectSecurely({ ...pair, username: METER, password: 'of the meter' })).rejects.toThrow()
  })

  test('refuses a certificate that has expired', async () => {
    const elevenYears = 11 * 365 * 86_400_000
    const past = await openDeviceAuthority(folder, Date.now() - elevenYears)
    const { certificate, key } = await past.issueDevice(`0x${'c3'.repeat(20)}`)
    await expect(connectSecurely({ cert: await readFile(certificate), key: await readFile(key) })).rejects.toThrow()
  })

  test('drops a packet that is too long', async () => {
    const meter = await connectSecurely(await pairOf(METER))
    const closed = new Promise<void>((resolve) => meter.once('close', () => resolve()))
    meter.publish(topicOf(METER, 'readings'), Buffer.alloc(5_000), { qos: 1 })
    await closed
  })

  test('lets services in by their password', async () => {
    const service = await connectSecurely({ username: 'service', password: 'of the services' })
    expect(service.connected).toBe(true)
  })
})
