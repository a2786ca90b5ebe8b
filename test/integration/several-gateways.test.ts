import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedPayload } from '../../scripts/simulation/meter-fleet.ts'
import { readingDomain, type MeterReading } from '../../services/chain/readings.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { committed, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, READING_DEADLINE_SECONDS, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'
import { prepareMosquitto, type RunningMosquitto } from './mosquitto.ts'

const HOMES = 40
const RESEND_MS = 500

type Receipt = { status: string; code?: string; deliveryPeriod?: number; sequence?: number; late?: true }

let folder: string
let mosquitto: RunningMosquitto
let world: GatewayWorld
let another: ChildProcess
const clients: MqttClient[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-several-'))
  mosquitto = await prepareMosquitto(folder)
  await mosquitto.start()
  const lastPeriod = period(50)
  world = await startGatewayWorld({ port: 18_720, households: HOMES, lastPeriod, externalBroker: mosquitto })
  await world.startGateway()
  another = await world.startAnotherGateway()
  await world.advanceTo(endOfPeriod(30))
})
afterAll(async () => {
  for (const client of clients) client.end(true)
  await world.stop()
  await mosquitto.kill()
  await rm(folder, { recursive: true, force: true })
})

const homes = Array.from({ length: HOMES }, (_, home) => home)
const keyOf = (home: number) => world.households[home]!.meterKey
const storedOf = (home: number) =>
  world.store.client.meterReading.findMany({
    where: { memberId: world.households[home]!.memberId },
    orderBy: { period: 'asc' },
  })
const receivedOf = async (home: number) => {
  const device = addressOfKey(keyOf(home))
  return Number((await world.store.client.deviceHealth.findUniqueOrThrow({ where: { device } })).received)
}
/** Resolves when of each meter as many readings are noted as there are. */
const untilNoted = async () => {
  for (const home of homes) {
    await expect.poll(() => receivedOf(home), { timeout: 10_000 }).toBe((await storedOf(home)).length)
  }
}
const sequencesOf = async (home: number) => (await storedOf(home)).map(({ sequence }) => sequence)

async function connectMeter(home: number) {
  const address = addressOfKey(keyOf(home))
  const topic = `commonwatt/v1/meters/${address}`
  const client = await mosquitto.connectDevice(address)
  client.on('error', () => undefined)
  clients.push(client)
  const receipts: Receipt[] = []
  client.on('message', (_, payload) => receipts.push(JSON.parse(payload.toString()) as Receipt))
  await client.subscribeAsync(`${topic}/receipts`, { qos: 1 })
  const publish = (reading: MeterReading) => {
    const payload = signedPayload(readingDomain(world.ledger), keyOf(home), reading)
    client.publish(`${topic}/readings`, payload, { qos: 1 }, () => undefined)
  }
  /** Sends the reading again until something is said of it. */
  const report = async (reading: MeterReading): Promise<string> => {
    const isAnswer = ({ deliveryPeriod }: Receipt) => deliveryPeriod === reading.deliveryPeriod
    for (let sentAt = -Infinity; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const answer = receipts.find(isAnswer)
      if (answer !== undefined) return answer.code ?? answer.status
      if (performance.now() - sentAt < RESEND_MS) continue
      publish(reading)
      sentAt = performance.now()
    }
  }
  return { receipts, publish, report, close: () => client.endAsync(true) }
}

describe('several gateways on one database, behind a broker that divides', () => {
  test('divide the readings: one goes on answering while the other is stopped, and none is taken twice', async () => {
    process.kill(world.gatewayPid()!, 'SIGSTOP')
    const meters = await Promise.all(homes.map(connectMeter))
    const answers = Promise.all(meters.map(({ report }) => report(readingAt(-1))))
    const stored = async () => (await Promise.all(homes.map(sequencesOf))).flat().length
    await expect.poll(stored, { timeout: 20_000 }).toBe(HOMES)
    process.kill(world.gatewayPid()!, 'SIGCONT')
    expect(new Set(await answers)).toEqual(new Set(['accepted']))
    for (const home of homes) expect(await sequencesOf(home)).toEqual([1])
    await Promise.all(meters.map(({ close }) => close()))
  })

  test('take what a meter sends at once in its order, whichever of them it comes to', async () => {
    const meter = await connectMeter(0)
    const positions = Array.from({ length: 20 }, (_, position) => position)
    for (const position of positions) meter.publish(readingAt(position))
    const receipts = () => meter.receipts.filter(({ sequence = 0 }) => sequence > 1)
    await expect.poll(() => receipts().length, { timeout: 20_000 }).toBe(positions.length)
    expect(await sequencesOf(0)).toEqual([1, ...positions.map((position) => position + 2)])
    expect(new Set(receipts().map(({ status }) => status))).toEqual(new Set(['accepted']))
    await meter.close()
  })

  test('know a copy that the other one took, and find what contradicts it', async () => {
    const meter = await connectMeter(1)
    for (let copy = 0; copy < 8; copy += 1) meter.publish(readingAt(0))
    await expect.poll(() => meter.receipts.length, { timeout: 20_000 }).toBe(8)
    const codes = meter.receipts.map(({ code, status }) => code ?? status)
    expect(codes).toContain('accepted')
    expect(codes.filter((code) => code !== 'accepted' && code !== 'reading-replayed')).toEqual([])
    expect(await sequencesOf(1)).toEqual([1, 2])

    meter.receipts.length = 0
    const backwards = { importRegister: readingAt(-1).importRegister }
    for (let position = 1; position < 9; position += 1) meter.publish(readingAt(position, backwards))
    await expect.poll(() => meter.receipts.length, { timeout: 20_000 }).toBe(8)
    expect(new Set(meter.receipts.map(({ code }) => code))).toEqual(new Set(['reading-register-backwards']))
    expect(await sequencesOf(1)).toEqual([1, 2])
    await meter.close()
  })

  test('commit a period as soon as it is decided, with what either took', async () => {
    const meters = await Promise.all(homes.map(connectMeter))
    const report = async (position: number) => {
      const wanted = position === 31 ? homes : homes.slice(2)
      await Promise.all(wanted.map((home) => meters[home]!.report(readingAt(position, { sequence: position + 2 }))))
    }
    await report(30)
    await world.advanceTo(endOfPeriod(31))
    await report(31)
    // The deadline is not over, and time stands still.
    expect((await committed(world, 31)).count).toBe(HOMES)
    const batch = await world.store.client.readingLeaf.count({ where: { period: period(31), quality: 'metered' } })
    expect(batch).toBe(HOMES - 2)
    await Promise.all(meters.map(({ close }) => close()))
  })

  test('say of what comes late that it does, one that takes a share as well', async () => {
    await world.advanceTo(endOfPeriod(32) + READING_DEADLINE_SECONDS)
    await committed(world, 32)
    const isDecided = async () => (await world.store.client.readingBatch.count({ where: { period: period(32) } })) > 0
    await expect.poll(isDecided).toBe(true)
    // By then every gateway has looked what is decided.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    process.kill(world.gatewayPid()!, 'SIGSTOP')
    const meters = await Promise.all(homes.map(connectMeter))
    const answers = await Promise.all(meters.map(({ report }) => report(readingAt(32))))
    process.kill(world.gatewayPid()!, 'SIGCONT')
    expect(new Set(answers)).toEqual(new Set(['accepted']))
    for (const { receipts } of meters) expect(receipts[0]).toMatchObject({ status: 'accepted', late: true })
    await Promise.all(meters.map(({ close }) => close()))
  })

  test('one that is killed loses nothing that was answered, and the other one leads', async () => {
    const meters = await Promise.all(homes.map(connectMeter))
    await untilNoted()
    await world.advanceTo(endOfPeriod(33))
    const answers = Promise.all(homes.map((home) => meters[home]!.report(readingAt(33))))
    await world.killGateway()
    // Of one that it wrote and did not answer the other one says so.
    for (const answer of await answers) expect(['accepted', 'reading-replayed']).toContain(answer)
    expect((await committed(world, 33)).count).toBe(HOMES)
    await expect.poll(() => world.presence()?.state, { timeout: 30_000 }).toBe('up')
    await expect.poll(world.shares).toBe(0)
    for (const home of homes) expect((await sequencesOf(home)).at(-1)).toBe(35)
    await untilNoted()
    await Promise.all(meters.map(({ close }) => close()))
  })

  test('stop cleanly, one that takes a share as well', async () => {
    const third = await world.startAnotherGateway()
    for (const gateway of [third, another]) {
      const ended = once(gateway, 'exit')
      gateway.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
    }
    expect(world.shares()).toBe(0)
  })
})
