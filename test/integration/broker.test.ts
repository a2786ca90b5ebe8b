import { spawn } from 'node:child_process'
import { connect as connectSocket } from 'node:net'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'

const PORT = 18_300
const METER = `0x${'a1'.repeat(20)}`
const NEIGHBOUR = `0x${'b2'.repeat(20)}`
const readingsOf = (meter: string) => `commonwatt/v1/meters/${meter}/readings`
const claimsOf = (meter: string) => `commonwatt/v1/meters/${meter}/claims`
const answersOf = (meter: string) => `commonwatt/v1/meters/${meter}/claim-answers`
const receiptsOf = (meter: string) => `commonwatt/v1/meters/${meter}/receipts`

let broker: RunningBroker
const clients: MqttClient[] = []

beforeAll(async () => {
  broker = await startBroker({ port: PORT, servicePassword: 'a p@ssword/', connectionLimit: 104 })
})
afterAll(async () => {
  for (const client of clients) client.end(true)
  await broker.stop()
})

async function connect(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options })
  client.on('error', () => undefined)
  clients.push(client)
  return client
}
const connectDevice = (clientId: string, options: IClientOptions = {}) =>
  connect(broker.deviceUrl, { clientId, ...options })

/** Collects what arrives on a topic; `next` waits for one more. */
async function listen(client: MqttClient, topic: string) {
  const arrived: { topic: string; text: string }[] = []
  const waiting: (() => void)[] = []
  client.on('message', (from, payload) => {
    arrived.push({ topic: from, text: payload.toString() })
    for (const wake of waiting.splice(0)) wake()
  })
  await client.subscribeAsync(topic, { qos: 1 })
  let taken = 0
  const next = async () => {
    while (arrived.length <= taken) await new Promise<void>((resolve) => waiting.push(resolve))
    taken += 1
    return arrived[taken - 1]
  }
  return { arrived, next }
}

const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()))

describe('the embedded broker', () => {
  test('carries a meter reading to a service and the receipt back', async () => {
    const service = await connect(broker.url)
    const readings = await listen(service, 'commonwatt/v1/meters/+/readings')
    const meter = await connectDevice(METER)
    const receipts = await listen(meter, receiptsOf(METER))

    await meter.publishAsync(readingsOf(METER), 'a reading', { qos: 1 })
    expect(await readings.next()).toEqual({ topic: readingsOf(METER), text: 'a reading' })

    await service.publishAsync(receiptsOf(METER), 'a receipt', { qos: 1 })
    expect(await receipts.next()).toEqual({ topic: receiptsOf(METER), text: 'a receipt' })
  })

  test.each(['ul', '/ul', 'json', '/json'])(
    'carries measures of a device under %s, and drops it with those of a neighbour',
    async (name) => {
      const service = await connect(broker.url)
      const measures = await listen(service, `${name}/commonwatt/+/attrs`)
      const meter = await connectDevice(METER)
      await meter.publishAsync(`${name}/commonwatt/${METER}/attrs`, 'measures', { qos: 1 })
      expect(await measures.next()).toEqual({ topic: `${name}/commonwatt/${METER}/attrs`, text: 'measures' })
      for (const topic of [
        `${name}/commonwatt/${NEIGHBOUR}/attrs`,
        `${name}/other/${METER}/attrs`,
        `${name}/commonwatt/${NEIGHBOUR}/attrs/voltage`,
        `${name}/commonwatt/${METER}/attrs/voltage/p`,
      ]) {
        const device = await connectDevice(METER)
        device.publish(topic, 'forged', { qos: 1 })
        await closed(device)
      }
      await service.publishAsync(`${name}/commonwatt/${METER}/attrs`, 'mark', { qos: 1 })
      expect((await measures.next())?.text).toBe('mark')
    },
  )

  test('carries a claim to its meter and the answer back', async () => {
    const service = await connect(broker.url)
    const answers = await listen(service, 'commonwatt/v1/meters/+/claim-answers')
    const meter = await connectDevice(METER)
    const claims = await listen(meter, claimsOf(METER))
    await service.publishAsync(claimsOf(METER), 'a claim', { qos: 1 })
    expect(await claims.next()).toEqual({ topic: claimsOf(METER), text: 'a claim' })
    await meter.publishAsync(answersOf(METER), 'an answer', { qos: 1 })
    expect(await answers.next()).toEqual({ topic: answersOf(METER), text: 'an answer' })
  })

  test.each([
    ['commonwatt/v1/meters/ADDRESS/commands', 'commonwatt/v1/meters/ADDRESS/command-answers'],
    ['commonwatt/ADDRESS/cmd', 'ul/commonwatt/ADDRESS/cmdexe'],
    ['/commonwatt/ADDRESS/cmd', '/json/commonwatt/ADDRESS/cmdexe'],
  ])(
    'carries a command to its device under %s and the answer back, and no device to those of a neighbour',
    async (down, up) => {
      const of = (topic: string, address: string) => topic.replace('ADDRESS', address)
      const service = await connect(broker.url)
      const answers = await listen(service, of(up, '+'))
      const device = await connectDevice(METER)
      const commands = await listen(device, of(down, METER))
      await service.publishAsync(of(down, METER), 'a command', { qos: 1 })
      expect((await commands.next())?.text).toBe('a command')
      await device.publishAsync(of(up, METER), 'an answer', { qos: 1 })
      expect((await answers.next())?.text).toBe('an answer')
      await expect(device.subscribeAsync(of(down, NEIGHBOUR))).rejects.toThrow()
      await expect(device.subscribeAsync(of(down, '+'))).rejects.toThrow()
      device.publish(of(up, NEIGHBOUR), 'forged', { qos: 1 })
      await closed(device)
      const other = await connectDevice(METER)
      other.publish(of(down, METER), 'forged', { qos: 1 })
      await closed(other)
      await service.publishAsync(of(up, METER), 'mark', { qos: 1 })
      expect((await answers.next())?.text).toBe('mark')
    },
  )

  test.each([
    ['a wrong password', { username: 'service', password: 'guess', clientId: METER }],
    ['a name that is no service', { username: 'admin', password: 'a p@ssword/', clientId: METER }],
    ['a device whose name is no meter address', { clientId: 'commonwatt-gateway' }],
    ['a device whose address is not in lower case', { clientId: METER.toUpperCase() }],
  ])('refuses %s', async (_, options) => {
    await expect(connectDevice(options.clientId, options)).rejects.toThrow(/not authorized/i)
  })

  test.each([
    ['readings of a neighbour', readingsOf(NEIGHBOUR)],
    ['its own receipts', receiptsOf(METER)],
    ['answers of a neighbour', answersOf(NEIGHBOUR)],
    ['claims to itself', claimsOf(METER)],
    ['the presence of a process', 'commonwatt/v1/processes/gateway'],
    ['the system topics', '$SYS/anything'],
  ])('drops a device that publishes %s, and delivers nothing', async (_, topic) => {
    const service = await connect(broker.url)
    const everything = await listen(service, '#')
    const retained = everything.arrived.length
    const meter = await connectDevice(METER)
    meter.publish(topic, 'forged', { qos: 1 })
    await closed(meter)

    await service.publishAsync('commonwatt/v1/mark', 'mark', { qos: 1 })
    for (let seen = await everything.next(); seen?.text !== 'mark'; seen = await everything.next()) {
      expect(seen?.text).not.toBe('forged')
    }
    expect(everything.arrived.length).toBeGreaterThan(retained)
  })

  test.each(['#', '+/v1/#', readingsOf('+'), receiptsOf('+'), receiptsOf(NEIGHBOUR), readingsOf(METER)])(
    'lets no device subscribe to %s',
    async (topic) => {
      const meter = await connectDevice(METER)
      await expect(meter.subscribeAsync(topic)).rejects.toThrow()
      const granted = await meter.subscribeAsync(receiptsOf(METER))
      expect(granted[0]?.qos).toBe(0)
    },
  )

  test('keeps retained messages of services, never those of devices', async () => {
    const service = await connect(broker.url)
    await service.publishAsync('commonwatt/v1/processes/indexer', 'up', { qos: 1, retain: true })
    const meter = await connectDevice(METER)
    await meter.publishAsync(readingsOf(METER), 'kept?', { qos: 1, retain: true })

    const late = await connect(broker.url)
    const seen = await listen(late, 'commonwatt/v1/#')
    expect(await seen.next()).toEqual({ topic: 'commonwatt/v1/processes/indexer', text: 'up' })
    await service.publishAsync('commonwatt/v1/mark', 'mark', { qos: 1 })
    expect((await seen.next())?.text).toBe('mark')
  })

  test('publishes the last will of a process that is killed', async () => {
    const service = await connect(broker.url)
    const presence = await listen(service, 'commonwatt/v1/processes/api')
    const script = `
      import { connect } from 'mqtt'
      const topic = 'commonwatt/v1/processes/api'
      connect(process.env.BROKER, { will: { topic, payload: Buffer.from('down'), qos: 1, retain: true } })
        .publish(topic, 'up', { qos: 1, retain: true })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, BROKER: broker.url },
      stdio: 'inherit',
    })
    try {
      expect((await presence.next())?.text).toBe('up')
    } finally {
      child.kill('SIGKILL')
    }
    expect((await presence.next())?.text).toBe('down')

    const late = await listen(await connect(broker.url), 'commonwatt/v1/processes/api')
    expect((await late.next())?.text).toBe('down')
  })

  test('drops a device that announces a packet of more than 4 kB, before it was sent', async () => {
    const meter = await connectDevice(METER)
    await meter.publishAsync(readingsOf(METER), 'x'.repeat(3_900), { qos: 1 })
    meter.publish(readingsOf(METER), 'x'.repeat(4_100), { qos: 0 })
    await closed(meter)

    const socket = connectSocket(PORT, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  })

  test('lets a service send more', async () => {
    const service = await connect(broker.url)
    const received = await listen(service, 'commonwatt/v1/households/1/expected')
    const text = JSON.stringify(Array.from({ length: 35_040 }, () => 1_234))
    await service.publishAsync('commonwatt/v1/households/1/expected', text, { qos: 1 })
    expect((await received.next())?.text).toHaveLength(text.length)
  })

  test('keeps room for services when devices take every connection they may have', async () => {
    const devices = ['1', '2', '3', '4'].map((digit) => `0x${digit.repeat(40)}`)
    for (const client of clients.splice(0)) await client.endAsync(true)
    const connected: MqttClient[] = []
    await expect(async () => {
      for (const device of devices) connected.push(await connectDevice(device))
      for (let more = 0; more < 2; more += 1) connected.push(await connectDevice(`0x${`c${more}`.repeat(20)}`))
    }).rejects.toThrow(/not authorized/i)
    expect(connected.length).toBeLessThanOrEqual(4)
    expect((await connect(broker.url)).connected).toBe(true)
  })

  test('says which port is taken and how to choose another', async () => {
    await expect(startBroker({ port: PORT, servicePassword: 'x' })).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringMatching(/18300.*COMMONWATT_BROKER_PORT/) as string,
    })
  })
})
