import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { DeviceProtocol } from '../../services/domain/devices/device.ts'
import { passwordFileOf, writePassword } from '../../services/runtime/device-passwords.ts'
import { listReplays, requestReplay } from '../../services/store/refusal-replays.ts'
import { connectMeter, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, eventually, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'

/** Devices send what they measure unsigned, known by their connection, in the words of each protocol. */

const PASSWORD = 'drawn-for-the-test'
const DEVICES = {
  mqtt: '0x00000000000000000000000000000000000000b1',
  json: '0x00000000000000000000000000000000000000b2',
  ultralight: '0x00000000000000000000000000000000000000b3',
} as const satisfies Partial<Record<DeviceProtocol, string>>

let world: GatewayWorld
let signing: Awaited<ReturnType<typeof connectMeter>>
let unsigned: { memberId: number; address: string }

beforeAll(async () => {
  world = await startGatewayWorld({ port: 18_980, households: 2, lastPeriod: period(40) })
  const [first, second] = world.households as [(typeof world.households)[number], (typeof world.households)[number]]
  unsigned = { memberId: second.memberId, address: addressOfKey(second.meterKey) }
  const rows = Object.entries(DEVICES).map(([protocol, address]) => ({
    ...{ address, protocol, kind: 'battery', area: world.area, memberId: first.memberId, isSigning: false },
    ...{ maker: '', model: '', serialNumber: '', feeder: '', ratedPowerW: 5_000, capabilities: [] },
  }))
  await world.store.client.device.createMany({ data: rows })
  const way = { protocol: 'ultralight', isSigning: false }
  await world.store.client.device.update({ where: { address: unsigned.address }, data: way })
  const passwords = passwordFileOf(world.dataFolder)
  await mkdir(path.dirname(passwords), { recursive: true })
  await writePassword(passwords, DEVICES.json, PASSWORD, Buffer.alloc(12, 1))
  await writePassword(passwords, unsigned.address, PASSWORD, Buffer.alloc(12, 2))
  await world.startGateway()
  signing = await connectMeter(world, first.meterKey)
})
afterAll(async () => {
  await signing.close()
  await world.stop()
})

/** Sends under the device's own address; resolves to the receipt. */
async function publish(device: string, topic: string, payload: string): Promise<unknown> {
  const client: MqttClient = await connectAsync(world.broker.deviceUrl, { clientId: device, reconnectPeriod: 0 })
  const receipt = new Promise<string>((resolve) => client.on('message', (_, body) => resolve(body.toString())))
  await client.subscribeAsync(`commonwatt/v1/meters/${device}/receipts`, { qos: 1 })
  await client.publishAsync(topic, payload, { qos: 1 })
  const text = await receipt
  await client.endAsync(true)
  return JSON.parse(text)
}

async function post(path: string, device: string, body: string, password?: string) {
  const authorization = password === undefined ? {} : { authorization: `Basic ${btoa(`${device}:${password}`)}` }
  const response = await fetch(`${world.deviceUrl}${path}?i=${device}&k=commonwatt`, {
    method: 'POST',
    headers: authorization,
    body,
  })
  return { status: response.status, receipts: (await response.json()) as { status: string; code?: string }[] }
}

const measuredBy = async (device: string) => {
  const rows = await world.store.client.deviceMeasurement.findMany({ where: { device }, orderBy: { quantity: 'asc' } })
  return rows.map(({ quantity, value }) => [quantity, value])
}

describe('what a device measures', () => {
  test.each([
    ['mqtt', `commonwatt/v1/meters/${DEVICES.mqtt}/measurements`, '{"active-power":-340,"state-of-charge":512}'],
    ['json', `json/commonwatt/${DEVICES.json}/attrs`, '{"active-power":-340,"state-of-charge":512}'],
    ['ultralight', `/ul/commonwatt/${DEVICES.ultralight}/attrs`, 'active-power|-340|state-of-charge|512'],
  ] as const)('is durable before it has its receipt, by %s', async (protocol, topic, payload) => {
    expect(await publish(DEVICES[protocol], topic, payload)).toEqual({ status: 'accepted' })
    expect(await measuredBy(DEVICES[protocol])).toEqual([
      ['active-power', -340n],
      ['state-of-charge', 512n],
    ])
    expect(await publish(DEVICES[protocol], topic, payload)).toEqual({ status: 'accepted' })
  })

  test('comes value by value too', async () => {
    const topic = `ul/commonwatt/${DEVICES.ultralight}/attrs/temperature`
    expect(await publish(DEVICES.ultralight, topic, '21500')).toEqual({ status: 'accepted' })
    expect(await measuredBy(DEVICES.ultralight)).toContainEqual(['temperature', 21_500n])
  })

  test('comes over HTTP with the password of the device, and not without', async () => {
    const payload = '{"voltage":230100}'
    for (const password of [undefined, 'wrong', '']) {
      const { status, receipts } = await post('/iot/json', DEVICES.json, payload, password)
      expect([status, receipts[0]?.code]).toEqual([401, 'device-not-authenticated'])
    }
    expect(await measuredBy(DEVICES.json)).not.toContainEqual(['voltage', 230_100n])
    expect(await post('/iot/json', DEVICES.json, payload, PASSWORD)).toMatchObject({ status: 200 })
    expect(await measuredBy(DEVICES.json)).toContainEqual(['voltage', 230_100n])
  })

  test('is refused in other words than the device is registered with, of nobody, and of what cannot be', async () => {
    const codeOf = async (device: string, topic: string, payload: string) =>
      ((await publish(device, topic, payload)) as { code?: string }).code
    const power = '{"active-power":1}'
    expect(await codeOf(DEVICES.mqtt, `json/commonwatt/${DEVICES.mqtt}/attrs`, power)).toBe('device-protocol-wrong')
    const stranger = `0x${'d'.repeat(40)}`
    expect(await codeOf(stranger, `json/commonwatt/${stranger}/attrs`, power)).toBe('device-unknown')
    const topic = `json/commonwatt/${DEVICES.json}/attrs`
    expect(await codeOf(DEVICES.json, topic, '{"active-power":30000}')).toBe('measurement-implausible')
    expect(await codeOf(DEVICES.json, topic, '{"active-power":"1 kW"}')).toBe('measures-malformed')
  })

  test('is decided on anew once the device is registered', async () => {
    const device = `0x${'d'.repeat(40)}`
    const refused = await eventually(
      () => world.store.client.refusedMessage.findFirst({ where: { device }, orderBy: { id: 'desc' } }),
      'the refusal',
    )
    expect(refused).toMatchObject({ code: 'device-unknown', format: 'json-measures' })
    const data = { address: device, protocol: 'json', kind: 'battery', area: world.area, memberId: null }
    const rest = { maker: '', model: '', serialNumber: '', feeder: '', ratedPowerW: 5_000, isSigning: false }
    await world.store.client.device.create({ data: { ...data, ...rest, capabilities: [] } })
    await eventually(async () => {
      await requestReplay(world.store, { refusalId: refused.id, by: '0x1', now: 1, mostOpen: 5, mostTries: 100 })
      const [latest] = (await listReplays(world.store, refused.id)) ?? []
      return latest?.outcome?.status === 'accepted' ? true : null
    }, 'the replay')
    expect(await measuredBy(device)).toEqual([['active-power', 1n]])
  })
})

test('a meter that cannot sign is settled by its measures', async () => {
  const { address, memberId } = unsigned
  const payload = (wh: number) => `import-register|${wh}|export-register|0`
  await world.advanceTo(endOfPeriod(-1))
  await signing.report(readingAt(-1))
  expect(await publish(address, `ul/commonwatt/${address}/attrs`, payload(500))).toEqual({ status: 'accepted' })
  await world.advanceTo(endOfPeriod(0))
  expect(await post('/iot/d', address, payload(700), PASSWORD)).toMatchObject({ status: 200 })
  const rows = await world.store.client.meterReading.findMany({ where: { memberId }, orderBy: { period: 'asc' } })
  expect(rows.map(({ period: of, importRegisterWh, signedBy }) => [of, importRegisterWh, signedBy])).toEqual([
    [period(-1), 500n, 'gateway'],
    [period(0), 700n, 'gateway'],
  ])
})
