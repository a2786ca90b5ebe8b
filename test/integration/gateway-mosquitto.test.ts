import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { IClientOptions, MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectFolder } from '../../scripts/project-folder.ts'
import { signedPayload } from '../../scripts/simulation/meter-fleet.ts'
import { readingDomain } from '../../services/chain/readings.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'
import { findOrInstallMosquitto, prepareMosquitto, type RunningMosquitto } from './mosquitto.ts'

/** Homes 0 to 9 are for the tests one by one; with the rest they are the thousand that connect at once. */
const HOMES = 1_000
const RESEND_MS = 2_000

type Receipt = { status: string; code?: string; deliveryPeriod?: number; sequence?: number }

let folder: string
let mosquitto: RunningMosquitto
let world: GatewayWorld
const clients: MqttClient[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-mosquitto-'))
  mosquitto = await prepareMosquitto(folder)
  await mosquitto.start()
  world = await startGatewayWorld({
    port: 18_375,
    households: HOMES,
    lastPeriod: period(50),
    externalBroker: mosquitto,
  })
  await world.startGateway()
  await world.advanceTo(endOfPeriod(3))
})
afterAll(async () => {
  for (const client of clients) client.end(true)
  await world.stop()
  await mosquitto.kill()
  await rm(folder, { recursive: true, force: true })
})

const keyOf = (home: number) => world.households[home]!.meterKey
const addressOf = (home: number) => addressOfKey(keyOf(home))
const signed = (home: number, position: number) =>
  signedPayload(readingDomain(world.ledger), keyOf(home), readingAt(position))
const stored = (home: number) =>
  world.store.client.meterReading.findMany({ where: { memberId: world.households[home]!.memberId } })

const output = async (program: string, given: readonly string[]) =>
  (await promisify(execFile)(program, given, { cwd: projectFolder, timeout: 60_000 })).stdout

/** A meter as docs/devices.md has it: it sends a reading again and again until there is a receipt of it. */
async function connectMeter(home: number, options: IClientOptions = {}) {
  const address = addressOf(home)
  const client = await mosquitto.connectDevice(address, options)
  client.on('error', () => undefined)
  clients.push(client)
  const receipts: Receipt[] = []
  client.on('message', (_, payload) => receipts.push(JSON.parse(payload.toString()) as Receipt))
  await client.subscribeAsync(`commonwatt/v1/meters/${address}/receipts`, { qos: 1 })
  const publish = (payload: string | Buffer) =>
    client.publish(`commonwatt/v1/meters/${address}/readings`, payload, { qos: 1 }, () => undefined)
  const report = async (position: number): Promise<string> => {
    const payload = signed(home, position)
    const isAnswer = ({ deliveryPeriod, status, code }: Receipt) =>
      deliveryPeriod === period(position) && (status === 'accepted' || code === 'reading-replayed')
    for (let sentAt = -Infinity; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const answer = receipts.find(isAnswer)
      if (answer !== undefined) return answer.status
      if (performance.now() - sentAt < RESEND_MS || !client.connected) continue
      publish(payload)
      sentAt = performance.now()
    }
  }
  return { address, client, receipts, publish, report, close: () => client.endAsync(true) }
}

describe('the gateway behind a mosquitto, by MQTT 5 and TLS', () => {
  test('answers a reading of a device with a certificate with a receipt, once it is durable', async () => {
    const meter = await connectMeter(0)
    expect(await meter.report(-1)).toBe('accepted')
    expect(await stored(0)).toMatchObject([{ period: period(-1), sequence: 1 }])
    await meter.close()
  })

  test('answers the clients of docs/devices.md', async () => {
    const [byCertificate, byPassword] = [addressOf(7), addressOf(8)]
    const { certificate, key } = await mosquitto.authority.issueDevice(byCertificate)
    const keys = path.dirname(certificate)
    const document = await readFile(path.join(projectFolder, 'docs', 'devices.md'), 'utf8')
    const [, program = ''] = /```js\n(import \{ readFileSync \} [^`]*(?:`[^`\n]+`[^`]*)*)```/.exec(document)!
    const url = `mqtts://localhost:${mosquitto.ports.certificates}`
    const script = ['--input-type=module', '-e', program, 'send-reading.mjs', url, keys, byCertificate, signed(7, -1)]
    expect(await output(process.execPath, script)).toContain('"sequence":1,"status":"accepted"')

    const common = ['-V', 'mqttv5', '-h', 'localhost', '--cafile', mosquitto.caFile, '-q', '1', '-W', '20']
    const topicsOf = (meter: string) => [
      ...['-t', `commonwatt/v1/meters/${meter}/readings`],
      ...['-e', `commonwatt/v1/meters/${meter}/receipts`],
    ]
    const port = String(mosquitto.ports.certificates)
    const shown = ['-p', port, '--cert', certificate, '--key', key, ...topicsOf(byCertificate), '-m', signed(7, -1)]
    const client = findOrInstallMosquitto('mosquitto_rr')
    expect(await output(client, [...common, ...shown])).toContain('reading-replayed')

    await mosquitto.setPassword(byPassword, 'drawn')
    mosquitto.reload()
    const isLetIn = async () => (await mosquitto.connectByPassword(byPassword, 'drawn')).endAsync().then(() => true)
    await expect.poll(() => isLetIn().catch(() => false), { timeout: 20_000 }).toBe(true)
    const named = ['-p', String(mosquitto.ports.passwords), '-u', byPassword, '-P', 'drawn', '-i', byPassword]
    const sent = [...common, ...named, ...topicsOf(byPassword), '-m', signed(8, -1)]
    expect(await output(client, sent)).toContain('"sequence":1,"status":"accepted"')
  })

  test('takes a reading once, however often quality of service 1 brings it', async () => {
    const meter = await connectMeter(1)
    const payload = signed(1, -1)
    for (let copy = 0; copy < 5; copy += 1) meter.publish(payload)
    await expect.poll(() => meter.receipts.length, { timeout: 20_000 }).toBe(5)
    const statuses = meter.receipts.map(({ status, code }) => code ?? status)
    expect(statuses.toSorted()).toEqual(['accepted', ...Array<string>(4).fill('reading-replayed')])
    expect(await stored(1)).toHaveLength(1)
    await meter.close()
  })

  test('loses no share to a device that subscribes as if it were a gateway', async () => {
    const thief = await connectMeter(2)
    const readings = 'commonwatt/v1/meters/+/readings'
    for (const group of ['gateway', 'commonwatt', 'commonwatt-gateway']) {
      await thief.client.subscribeAsync(`$share/${group}/${readings}`, { qos: 1 })
    }
    const meter = await connectMeter(3)
    for (let copy = 0; copy < 20; copy += 1) meter.publish('junk')
    await expect.poll(() => meter.receipts.length, { timeout: 20_000 }).toBe(20)
    expect(thief.receipts).toEqual([])
    await Promise.all([thief.close(), meter.close()])
  })

  test('goes on after a flood of long and wrong messages, which it bounds', async () => {
    const flooder = await connectMeter(4)
    const meter = await connectMeter(5)
    const long = Buffer.alloc(60_000, 'x')
    for (let message = 0; message < 2_000; message += 1) flooder.publish(message % 10 === 0 ? long : `junk ${message}`)
    expect(await meter.report(-1)).toBe('accepted')
    await expect.poll(() => flooder.receipts.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(100)
    expect(flooder.receipts.length).toBeLessThan(1_000)
    expect(new Set(flooder.receipts.map(({ code }) => code))).toEqual(new Set(['reading-malformed']))
    await Promise.all([flooder.close(), meter.close()])
  })

  test('loses nothing that it answered when the broker is killed, and takes what comes afterwards', async () => {
    const meter = await connectMeter(6, { reconnectPeriod: 100 })
    expect(await meter.report(-1)).toBe('accepted')
    const interrupted = meter.report(0)
    await mosquitto.kill()
    await mosquitto.start()
    expect(['accepted', 'refused']).toContain(await interrupted)
    expect(await meter.report(1)).toBe('accepted')
    expect((await stored(6)).map(({ sequence }) => sequence).toSorted()).toEqual([1, 2, 3])
    await meter.close()
  })

  test('waits for a broker that is not there when it starts', async () => {
    await world.killGateway()
    await mosquitto.kill()
    const started = world.startGateway()
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    await mosquitto.start()
    await started
    const meter = await connectMeter(0)
    expect(await meter.report(0)).toBe('accepted')
    expect((await stored(0)).map(({ sequence }) => sequence).toSorted()).toEqual([1, 2])
    await meter.close()
  })

  test('takes the reading of each of a thousand devices that connect at once, and again after a restart', async () => {
    const homes = Array.from({ length: HOMES - 10 }, (_, position) => position + 10)
    const meters = await Promise.all(homes.map((home) => connectMeter(home, { reconnectPeriod: 500 })))
    await Promise.all(meters.map(({ report }) => report(-1)))
    await mosquitto.kill()
    const again = Promise.all(meters.map(({ report }) => report(0)))
    await mosquitto.start()
    await again
    const memberIds = homes.map((home) => world.households[home]!.memberId)
    const where = { memberId: { in: memberIds } }
    expect(await world.store.client.meterReading.count({ where })).toBe(2 * homes.length)
    await Promise.all(meters.map(({ close }) => close()))
  })
})
