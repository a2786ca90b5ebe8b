import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDeviceAuthority } from '../../scripts/devices/device-authority.ts'
import { startBroker } from '../../scripts/embedded/broker.ts'
import { freePort } from '../../scripts/settings.ts'
import { deliversShared, sharedTopicOf } from '../../services/gateway/adapters/mqtt/shared-subscription.ts'
import { connectBroker, speaksMqtt5 } from '../../services/runtime/broker-connection.ts'
import { prepareMosquitto, type RunningMosquitto } from './mosquitto.ts'

const METER = `0x${'a1'.repeat(20)}`
const NEIGHBOUR = `0x${'b2'.repeat(20)}`
const READINGS = 'commonwatt/v1/meters/+/readings'
const topicOf = (meter: string, name: string) => `commonwatt/v1/meters/${meter}/${name}`

let folder: string
let mosquitto: RunningMosquitto
let service: MqttClient
const clients: MqttClient[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-mosquitto-'))
  mosquitto = await prepareMosquitto(folder)
  await mosquitto.setPassword(METER, 'the password of the meter')
  await mosquitto.start()
  service = kept(await mosquitto.connectService())
})
afterAll(async () => {
  for (const client of clients) client.end(true)
  await mosquitto.kill()
  await rm(folder, { recursive: true, force: true })
})

function kept(client: MqttClient): MqttClient {
  client.on('error', () => undefined)
  clients.push(client)
  return client
}

/** Collects the texts that arrive on topics. */
async function listen(client: MqttClient, topics: readonly string[]): Promise<string[]> {
  const texts: string[] = []
  client.on('message', (_, payload) => texts.push(payload.toString()))
  await client.subscribeAsync([...topics], { qos: 1 })
  return texts
}

const DEVICES = [
  ['a certificate', () => mosquitto.connectDevice(METER)],
  ['a password', () => mosquitto.connectByPassword(METER, 'the password of the meter')],
] as const

describe.each(DEVICES)('a device with %s', (_, connect) => {
  test('hands in what is its own, in every format, and hears what is for it', async () => {
    const listener = kept(await mosquitto.connectService())
    const heard = await listen(listener, [
      READINGS,
      ...['ul', '/ul', 'json', '/json'].map((name) => `${name}/commonwatt/+/attrs`),
    ])
    const device = kept(await connect())
    const receipts = await listen(device, [topicOf(METER, 'receipts'), topicOf(METER, 'claims')])
    const topics = [
      topicOf(METER, 'readings'),
      ...['ul', '/ul', 'json', '/json'].map((n) => `${n}/commonwatt/${METER}/attrs`),
    ]
    for (const topic of topics) await device.publishAsync(topic, topic, { qos: 1 })
    await expect.poll(() => heard).toEqual(topics)
    await service.publishAsync(topicOf(METER, 'receipts'), 'receipt', { qos: 1 })
    await service.publishAsync(topicOf(METER, 'claims'), 'claim', { qos: 1 })
    await expect.poll(() => receipts).toEqual(['receipt', 'claim'])
    await Promise.all([device.endAsync(), listener.endAsync()])
  })

  test('cannot publish elsewhere', async () => {
    const listener = kept(await mosquitto.connectService())
    const heard = await listen(listener, ['commonwatt/#', 'ul/commonwatt/#'])
    const device = kept(await connect())
    for (const topic of [
      topicOf(NEIGHBOUR, 'readings'),
      topicOf(NEIGHBOUR, 'claim-answers'),
      topicOf(METER, 'receipts'),
      topicOf(METER, 'claims'),
      `ul/commonwatt/${NEIGHBOUR}/attrs`,
      'commonwatt/v1/processes/gateway',
      'elsewhere',
    ]) {
      await expect(device.publishAsync(topic, 'forged', { qos: 1 })).rejects.toThrow(/not authorized/i)
    }
    await service.publishAsync(topicOf(NEIGHBOUR, 'readings'), 'mark', { qos: 1 })
    await expect.poll(() => heard).toEqual(['mark'])
    await Promise.all([device.endAsync(), listener.endAsync()])
  })

  test('hears nothing of others, by whatever it subscribes to', async () => {
    const device = kept(await connect())
    const heard = await listen(device, ['#', '$SYS/#', topicOf('+', 'receipts'), topicOf(NEIGHBOUR, 'claims')])
    for (const name of ['readings', 'receipts', 'claims']) {
      await service.publishAsync(topicOf(NEIGHBOUR, name), 'of another', { qos: 1 })
    }
    await service.publishAsync(topicOf(METER, 'receipts'), 'own', { qos: 1 })
    await expect.poll(() => heard.at(-1)).toBe('own')
    expect(new Set(heard)).toEqual(new Set(['own']))
    await device.endAsync()
  })
})

describe('the broker', () => {
  test('knows a device by its certificate, whatever client id it gives', async () => {
    const first = kept(await mosquitto.connectDevice(METER, { clientId: 'commonwatt-gateway' }))
    const neighbour = kept(await mosquitto.connectDevice(NEIGHBOUR, { clientId: METER }))
    await first.publishAsync(topicOf(METER, 'readings'), 'still there', { qos: 1 })
    expect([first.connected, neighbour.connected]).toEqual([true, true])
    await Promise.all([first.endAsync(), neighbour.endAsync()])
  })

  test('lets nobody in without an identity that it can check', async () => {
    const other = await openDeviceAuthority(path.join(folder, 'stranger'), Date.now())
    const files = await other.issueDevice(METER)
    const target = { caFile: mosquitto.caFile, certificateFile: files.certificate, keyFile: files.key }
    const url = `mqtts://localhost:${mosquitto.ports.certificates}`
    const connect = (given: Partial<typeof target>) =>
      connectBroker({ url, caFile: mosquitto.caFile, ...given }, {}, (reason) => {
        throw new Error(reason)
      })
    await expect(connect(target)).rejects.toThrow()
    await expect(connect({})).rejects.toThrow()
    await expect(mosquitto.connectByPassword(METER, 'a guess')).rejects.toThrow(/not authorized/i)
    await expect(mosquitto.connectByPassword('', '')).rejects.toThrow(/not authorized/i)
  })

  test('divides a shared subscription between two subscribers', async () => {
    const topic = sharedTopicOf('a-group', READINGS)
    const [one, two] = [kept(await mosquitto.connectService()), kept(await mosquitto.connectService())]
    const [first, second] = [await listen(one, [topic]), await listen(two, [topic])]
    const sent = Array.from({ length: 40 }, (_, position) => String(position))
    for (const text of sent) await service.publishAsync(topicOf(METER, 'readings'), text, { qos: 1 })
    await expect.poll(() => first.length + second.length).toBe(40)
    expect([...first, ...second].toSorted()).toEqual(sent.toSorted())
    expect(Math.min(first.length, second.length)).toBeGreaterThanOrEqual(15)
    await Promise.all([one.endAsync(), two.endAsync()])
  })

  test('drops whoever announces a packet that is longer than any, before it is sent', async () => {
    const device = kept(await mosquitto.connectDevice(METER))
    const closed = new Promise<void>((resolve) => device.once('close', () => resolve()))
    device.stream.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]))
    await closed
    await service.publishAsync(topicOf(METER, 'receipts'), 'still there', { qos: 1 })
  })
})

describe('connectBroker', () => {
  const giveUp = (reason: string): never => {
    throw new Error(reason)
  }

  test('speaks MQTT 5 where the broker does, and finds that shared subscriptions deliver', async () => {
    const client = kept(await connectBroker({ url: mosquitto.serviceUrl, caFile: mosquitto.caFile }, {}, giveUp))
    expect(speaksMqtt5(client)).toBe(true)
    const probe = { group: 'group', patienceMs: 10_000 }
    expect(await deliversShared(client, { ...probe, probe: 'alone' })).toBe(true)
    await client.endAsync()
  })

  test('falls back to MQTT 3.1.1, where shared subscriptions are not tried', async () => {
    const embedded = await startBroker({ port: 0, servicePassword: 'a password' })
    const client = kept(await connectBroker({ url: embedded.url }, {}, giveUp))
    expect(speaksMqtt5(client)).toBe(false)
    expect(await deliversShared(client, { group: 'group', probe: 'alone', patienceMs: 10_000 })).toBe(false)
    await client.endAsync(true)
    await embedded.stop()
  })

  test('finds out where a shared subscription is granted and nothing comes', async () => {
    const embedded = await startBroker({ port: 0, servicePassword: 'a password' })
    const client = kept(await connectAsync(embedded.url))
    // As a broker would be that speaks MQTT 5 and is lax here.
    const broker = {
      options: { ...client.options, protocolVersion: 5 as const },
      on: client.on.bind(client),
      off: client.off.bind(client),
      publishAsync: client.publishAsync.bind(client),
      subscribeAsync: client.subscribeAsync.bind(client),
      unsubscribeAsync: client.unsubscribeAsync.bind(client),
    }
    expect(await deliversShared(broker, { group: 'group', probe: 'alone', patienceMs: 200 })).toBe(false)
    await client.endAsync(true)
    await embedded.stop()
  })

  test.each([
    ['a CA that cannot be read', { caFile: '/nowhere' }, 'broker-tls-invalid', /COMMONWATT_BROKER_CA.*ENOENT/],
    ['a certificate without its key', { certificateFile: '/nowhere' }, 'broker-tls-invalid', /belong together/],
    ['a broker whom nobody vouches for', { caFile: undefined }, 'broker-certificate-refused', /COMMONWATT_BROKER_CA/],
  ])('says what is wrong: %s', async (_, files, code, message) => {
    const target = { url: mosquitto.serviceUrl, caFile: mosquitto.caFile, ...files }
    const refused = expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error
    await expect(connectBroker(target, {}, giveUp)).rejects.toEqual(refused)
  })

  test('says that a password is wrong, without the password', async () => {
    const url = mosquitto.serviceUrl.replace('password-of', 'secret-of')
    const error = await connectBroker({ url, caFile: mosquitto.caFile }, {}, giveUp).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'broker-identity-refused' })
    expect(String(error)).not.toContain('secret-of')
  })

  test('says that files for TLS need a URL with TLS, and that a key belongs to another certificate', async () => {
    const url = 'mqtt://127.0.0.1:1'
    await expect(connectBroker({ url, caFile: mosquitto.caFile }, {}, giveUp)).rejects.toThrow(/mqtts:/)
    const authority = await openDeviceAuthority(path.join(folder, 'pairs'), Date.now())
    const [one, other] = [await authority.issueDevice(METER), await authority.issueDevice(NEIGHBOUR)]
    const target = { url: mosquitto.serviceUrl, certificateFile: one.certificate, keyFile: other.key }
    await expect(connectBroker(target, {}, giveUp)).rejects.toThrow(/is not that of the certificate/)
  })

  test('waits for a broker that is not there yet', async () => {
    const port = await freePort()
    const troubles: string[] = []
    const connecting = connectBroker({ url: `mqtt://service:later@127.0.0.1:${port}` }, {}, (r) => troubles.push(r))
    await expect.poll(() => troubles.length).toBe(1)
    const embedded = await startBroker({ port, servicePassword: 'later' })
    const client = kept(await connecting)
    expect(client.connected).toBe(true)
    expect(troubles[0]).toMatch(/ECONNREFUSED/)
    await client.endAsync(true)
    await embedded.stop()
  })
})
