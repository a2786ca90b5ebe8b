import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedPayload, startMeterFleet } from '../../scripts/simulation/meter-fleet.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { readingDomain, type MeterReading } from '../../services/chain/readings.ts'
import { isCommitted, readCommitment, readReadingsVersion } from '../../services/chain/sessions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { siblingsOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import { deliveryPeriod } from '../../services/domain/units.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'
import { readReadingBatch } from '../../services/store/readings.ts'
import { insertRefusedMessages, pruneRefusedMessages } from '../../services/store/refused-messages.ts'
import {
  CONNECTION_CAPACITY_W,
  endOfPeriod,
  eventually,
  FIRST_PERIOD,
  READING_DEADLINE_SECONDS,
  startGatewayWorld,
  type GatewayWorld,
} from './gateway-world.ts'

type Receipt = {
  deliveryPeriod?: number
  sequence?: number
  status: string
  code?: string
  reason?: string
  late?: true
}

const STRANGER_KEY = `0x${'5e'.repeat(32)}`
const period = (position: number) => deliveryPeriod(FIRST_PERIOD + position)

/** The reading at the end of the period at `position`: the register imports 100 Wh a period and exports 10. */
function readingAt(position: number, change: Partial<MeterReading> = {}): MeterReading {
  return {
    deliveryPeriod: period(position),
    sequence: position + 2,
    importRegister: 1_000n + 100n * BigInt(position + 1),
    exportRegister: 10n * BigInt(position + 1),
    ...change,
  }
}

/** A meter's connection: `send` resolves to the next receipt. */
async function connectMeter(world: GatewayWorld, meterKey: string) {
  const address = addressOfKey(meterKey)
  const topic = `commonwatt/v1/meters/${address}`
  const client: MqttClient = await connectAsync(world.broker.deviceUrl, { clientId: address, reconnectPeriod: 0 })
  const receipts: Receipt[] = []
  const waiting: ((receipt: Receipt) => void)[] = []
  client.on('message', (_, payload) => {
    const receipt = JSON.parse(payload.toString()) as Receipt
    const next = waiting.shift()
    if (next === undefined) receipts.push(receipt)
    else next(receipt)
  })
  await client.subscribeAsync(`${topic}/receipts`, { qos: 1 })
  const send = async (payload: string | Buffer): Promise<Receipt> => {
    await client.publishAsync(`${topic}/readings`, payload, { qos: 1 })
    return receipts.shift() ?? (await new Promise((resolve) => waiting.push(resolve)))
  }
  return {
    address,
    client,
    receipts,
    send,
    publish: (payload: string) => client.publish(`${topic}/readings`, payload, { qos: 1 }),
    report: (reading: MeterReading, key = meterKey) => send(signedPayload(readingDomain(world.ledger), key, reading)),
    close: () => client.endAsync(true),
  }
}

const refusedCount = (world: GatewayWorld) => world.store.client.refusedMessage.count()
const storedReadings = (world: GatewayWorld) =>
  world.store.client.meterReading.findMany({ orderBy: [{ memberId: 'asc' }, { period: 'asc' }] })

async function committed(world: GatewayWorld, position: number) {
  const ask = async () => ((await isCommitted(world.ledger, world.area, period(position))) ? true : null)
  await eventually(ask, `the commitment to period ${position}`)
  return readCommitment(world.ledger, world.area, period(position))
}

describe('the gateway', () => {
  let world: GatewayWorld
  let homes: readonly HouseholdKeys[]
  let meter: Awaited<ReturnType<typeof connectMeter>>

  beforeAll(async () => {
    world = await startGatewayWorld({ port: 18_320, households: 3, lastPeriod: period(50) })
    homes = world.households
    await world.startGateway()
    meter = await connectMeter(world, homes[0]!.meterKey)
    await world.advanceTo(endOfPeriod(-1))
  })
  afterAll(() => world.stop())

  test('gives a receipt for a reading that is durable', async () => {
    expect(await meter.report(readingAt(-1))).toEqual({ deliveryPeriod: period(-1), sequence: 1, status: 'accepted' })
    expect(await storedReadings(world)).toMatchObject([
      { memberId: homes[0]!.memberId, period: period(-1), sequence: 1, importRegisterWh: 1_000n, exportRegisterWh: 0n },
    ])
  })

  describe('refuses, with a receipt, a row and no other effect', () => {
    beforeAll(async () => {
      await world.advanceTo(endOfPeriod(1))
      expect((await meter.report(readingAt(1, { sequence: 7 }))).status).toBe('accepted')
      await world.advanceTo(endOfPeriod(4))
    })

    const most = (BigInt(CONNECTION_CAPACITY_W) * 2n) / 4n
    const last = readingAt(1)
    const cases: [string, string, MeterReading, string?][] = [
      ['a signature by another key', 'reading-signature-invalid', readingAt(3, { sequence: 8 }), STRANGER_KEY],
      ['a replay', 'reading-replayed', readingAt(1, { sequence: 7 })],
      ['a replay of an earlier reading', 'reading-replayed', readingAt(-1)],
      ['other content under a used sequence', 'reading-conflict', readingAt(3, { sequence: 7 })],
      ['other content under an earlier sequence', 'reading-conflict', readingAt(0, { sequence: 1 })],
      ['a second reading for a period', 'reading-conflict', readingAt(1, { sequence: 8 })],
      ['a reading that was overtaken', 'reading-out-of-order', readingAt(0, { sequence: 5 })],
      [
        'a register that runs backwards',
        'reading-register-backwards',
        readingAt(3, { sequence: 8, importRegister: last.importRegister - 1n }),
      ],
      ['a reading from the future', 'reading-from-the-future', readingAt(5, { sequence: 8 })],
      [
        'more energy than the connection carries',
        'reading-implausible',
        readingAt(3, { sequence: 8, importRegister: last.importRegister + most + 1n }),
      ],
    ]
    test.each(cases)('%s', async (_, code, reading, key) => {
      const before = await storedReadings(world)
      const receipt = await meter.report(reading, key)

      const { deliveryPeriod, sequence } = reading
      expect(receipt).toEqual({
        deliveryPeriod,
        sequence,
        status: 'refused',
        code,
        reason: expect.any(String) as string,
      })
      const row = await eventually(
        () => world.store.client.refusedMessage.findFirst({ where: { code, reason: receipt.reason! } }),
        'a row about the refusal',
      )
      expect(row.topic).toBe(`commonwatt/v1/meters/${meter.address}/readings`)
      expect(await storedReadings(world)).toEqual(before)
    })

    const good = readingAt(3, { sequence: 8 })
    const junk: [string, (world: GatewayWorld) => string | Buffer][] = [
      ['no JSON', () => '{"deliveryPeriod":'],
      ['no UTF-8', () => Buffer.from([0x22, 0xff, 0xfe, 0x22])],
      ['nothing', () => ''],
      ['a NUL', () => '\0'],
      ['another shape', () => '[1, 2, 3]'],
      ['a number for a register', (w) => change(w, { importRegisterWh: 1_400 })],
      ['a negative register', (w) => change(w, { importRegisterWh: '-1' })],
      ['a register beyond all meters', (w) => change(w, { exportRegisterWh: '9'.repeat(16) })],
      ['half a period', (w) => change(w, { deliveryPeriod: good.deliveryPeriod + 0.5 })],
      ['a period beyond counting', (w) => change(w, { deliveryPeriod: 2 ** 31 })],
      ['a signature cut short', (w) => change(w, { signature: '0x1234' })],
      ['a field that is not ours', (w) => change(w, { voltage: 230 })],
      ['more than 1,024 bytes', (w) => change(w, {}).padEnd(1_025)],
    ]
    function change(w: GatewayWorld, fields: object): string {
      const message = JSON.parse(signedPayload(readingDomain(w.ledger), homes[0]!.meterKey, good)) as object
      return JSON.stringify({ ...message, ...fields })
    }
    test.each(junk)('junk: %s', async (_, messageOf) => {
      const before = await storedReadings(world)
      const rows = await refusedCount(world)
      expect(await meter.send(messageOf(world))).toEqual({
        status: 'refused',
        code: 'reading-malformed',
        reason: expect.any(String) as string,
      })
      await eventually(async () => ((await refusedCount(world)) > rows ? true : null), 'a row about the refusal')
      expect(await storedReadings(world)).toEqual(before)
    })

    test('a reading that is signed for another ledger', async () => {
      const domain = readingDomain({ chainId: world.ledger.chainId + 1n, addresses: world.ledger.addresses })
      const receipt = await meter.send(signedPayload(domain, homes[0]!.meterKey, good))
      expect(receipt).toMatchObject({ status: 'refused', code: 'reading-signature-invalid' })
    })

    test('a meter that no member has', async () => {
      const stranger = await connectMeter(world, STRANGER_KEY)
      const receipt = await stranger.report(readingAt(3))
      expect(receipt).toMatchObject({ status: 'refused', code: 'meter-unknown' })
      await stranger.close()
    })

    test('a topic that names no meter, which nobody can be told', async () => {
      const topic = `commonwatt/v1/meters/${meter.address.toUpperCase()}/readings`
      await world.service.publishAsync(topic, 'junk', { qos: 1 })
      const row = await eventually(
        () => world.store.client.refusedMessage.findFirst({ where: { topic } }),
        'a row about the refusal',
      )
      expect(row).toMatchObject({ code: 'reading-malformed', payload: 'junk' })
    })

    test('accepts the good reading after all that', async () => {
      expect(await meter.report(good)).toEqual({
        deliveryPeriod: good.deliveryPeriod,
        sequence: 8,
        status: 'accepted',
        late: true,
      })
    })
  })

  test('keeps the newest refused messages only', async () => {
    const before = await refusedCount(world)
    const message = { topic: 't', code: 'c', reason: 'r\0\uD800', payload: Buffer.from('p\0'), receivedAt: 1 }
    await insertRefusedMessages(
      world.store,
      Array.from({ length: 5 }, () => message),
    )
    expect(await pruneRefusedMessages(world.store, 3)).toBe(before + 2)
    expect(await world.store.client.refusedMessage.findMany({ select: { reason: true, payload: true } })).toEqual(
      Array.from({ length: 3 }, () => ({ reason: 'r\uFFFD\uFFFD', payload: 'p\uFFFD' })),
    )
    expect(await pruneRefusedMessages(world.store, 3)).toBe(0)
  })

  test('is not filled up by a flood, and hears the other meters meanwhile', async () => {
    const rows = await refusedCount(world)
    const neighbour = await connectMeter(world, homes[1]!.meterKey)
    for (let sent = 0; sent < 10_000; sent += 1) meter.publish('junk')
    expect((await neighbour.report(readingAt(3))).status).toBe('accepted')
    // The answers of one meter come in order: this one is behind the flood, and too much by then.
    await meter.client.publishAsync(`commonwatt/v1/meters/${meter.address}/readings`, 'junk', { qos: 1 })
    await neighbour.report(readingAt(3))

    expect(meter.receipts.length).toBeLessThan(1_000)
    expect((await refusedCount(world)) - rows).toBeLessThan(9_000)
    await neighbour.close()
  })
})

describe('commitments', () => {
  let world: GatewayWorld
  let meters: Awaited<ReturnType<typeof connectMeter>>[]

  beforeAll(async () => {
    world = await startGatewayWorld({ port: 18_330, households: 3, lastPeriod: period(3) })
    await world.startGateway()
    meters = await Promise.all(world.households.map((home) => connectMeter(world, home.meterKey)))
    await world.advanceTo(endOfPeriod(-1))
    await Promise.all(meters.map((meter) => meter.report(readingAt(-1))))
  })
  afterAll(() => world.stop())

  test('are made as soon as every reading is there, and every leaf can be proved on the ledger', async () => {
    await world.advanceTo(endOfPeriod(0))
    await Promise.all(meters.map((meter) => meter.report(readingAt(0))))

    expect(await committed(world, 0)).toMatchObject({ count: 3, importTotal: 300n, exportTotal: 30n })
    const batch = (await readReadingBatch(world.store, world.area, period(0)))!
    const tree = readingTreeOf(batch.leaves)
    for (const [position, { quality, ...registers }] of batch.leaves.entries()) {
      const leaf = { ...registers, quality: quality === 'metered' ? 0 : 1 }
      const isCommittedReading = async (reading: object) => {
        const place = [tree.levels[0]![position]!.a, tree.levels[0]![position]!.b, position, siblingsOf(tree, position)]
        const proof = [world.area, batch.version, reading, ...place] as const
        return [...(await readContract(world.ledger, 'meterReadings', 'isCommittedReading', ...proof))] as unknown[]
      }
      expect(await isCommittedReading(leaf)).toEqual([true])
      expect(await isCommittedReading({ ...leaf, importEnd: leaf.importEnd + 1n })).toEqual([false])
      expect(await isCommittedReading({ ...leaf, quality: 1 })).toEqual([false])
    }
  })

  test('wait for a missing reading until the deadline and estimate it', async () => {
    await world.advanceTo(endOfPeriod(1))
    await Promise.all(meters.slice(1).map((meter) => meter.report(readingAt(1))))
    await world.advanceTo(endOfPeriod(1) + READING_DEADLINE_SECONDS - 2)
    // A message and its answer go through the gateway: it has had its chance to commit too early.
    await meters[1]!.report(readingAt(1))
    expect(await isCommitted(world.ledger, world.area, period(1))).toBe(false)

    await world.advanceTo(endOfPeriod(1) + READING_DEADLINE_SECONDS)
    // No earlier day is known, and nothing yet of the gap's end.
    expect(await committed(world, 1)).toMatchObject({ count: 3, importTotal: 200n, exportTotal: 20n })
    expect(await qualitiesOf(1)).toEqual(['estimated', 'metered', 'metered'])
  })

  test('are corrected by a reading that came too late for its own period, and know the next one from it', async () => {
    expect(await meters[0]!.report(readingAt(1))).toMatchObject({ status: 'accepted', late: true })
    const corrected = async () => ((await readReadingsVersion(world.ledger, world.area, period(1))) === 1 ? true : null)
    await eventually(corrected, 'the corrected version of period 1')
    expect(await readCommitment(world.ledger, world.area, period(1))).toMatchObject({ count: 3, importTotal: 300n })
    expect(await readCommitment(world.ledger, world.area, period(1), 0)).toMatchObject({ importTotal: 200n })
    expect(await qualitiesOf(1)).toEqual(['metered', 'metered', 'metered'])

    await world.advanceTo(endOfPeriod(2))
    await Promise.all(meters.map((meter) => meter.report(readingAt(2))))
    expect(await committed(world, 2)).toMatchObject({ count: 3, importTotal: 300n })
  })

  test('go on after a stop, and end with the area', async () => {
    expect(await world.stopGateway()).toBe(0)
    await world.advanceTo(endOfPeriod(3) + READING_DEADLINE_SECONDS)
    await world.startGateway()
    expect(await committed(world, 3)).toMatchObject({ count: 3, importTotal: 0n })
    expect(await qualitiesOf(3)).toEqual(['estimated', 'estimated', 'estimated'])
    expect(await world.store.client.gatewayTransaction.count()).toBe(5)
  })

  async function qualitiesOf(position: number) {
    const batch = await readReadingBatch(world.store, world.area, period(position))
    return batch?.leaves.map(({ quality }) => quality)
  }
})

describe('a gateway that is killed', () => {
  const HOMES = 25
  const ROUNDS = 4
  let world: GatewayWorld

  beforeAll(async () => {
    world = await startGatewayWorld({ port: 18_340, households: HOMES, lastPeriod: period(20) })
    await world.startGateway()
  })
  afterAll(() => world.stop())

  test('has every acknowledged reading once, and commits every period once', async () => {
    const refusals: unknown[] = []
    const fleet = await startMeterFleet({
      brokerUrl: world.broker.deviceUrl,
      area: world.area,
      ledgerIdentity: world.ledger,
      firstPeriod: period(-1),
      meters: world.households,
      resendMs: 100,
      onRefused: (refusal) => refusals.push(refusal),
    })
    const publishAll = (position: number) =>
      world.households.map((home) =>
        fleet.publishReading(home.memberId, period(position), { importWh: BigInt(home.memberId), exportWh: 1n }),
      )
    await world.advanceTo(endOfPeriod(-1))
    await Promise.all(publishAll(-1))

    for (let round = 0; round < ROUNDS; round += 1) {
      await world.advanceTo(endOfPeriod(round))
      const published = publishAll(round)
      // Somewhere between the first message and the commitment, each time a little later.
      if (round > 0) await Promise.race(published)
      if (round > 1) await Promise.all(published.slice(0, (HOMES * (round - 1)) / (ROUNDS - 2)))
      await world.killGateway()
      await world.startGateway()
      await Promise.all(published)
      const importTotal = world.households.reduce((sum, home) => sum + BigInt(home.memberId), 0n)
      expect(await committed(world, round)).toMatchObject({ count: HOMES, importTotal, exportTotal: BigInt(HOMES) })
    }
    await fleet.stop()

    expect(refusals).toEqual([])
    const readings = await storedReadings(world)
    expect(readings).toHaveLength(HOMES * (ROUNDS + 1))
    for (const reading of readings) {
      const position = BigInt(reading.period - FIRST_PERIOD + 2)
      expect(reading.importRegisterWh).toBe(BigInt(reading.memberId) * position)
    }
    const transactions = await world.store.client.gatewayTransaction.findMany({ orderBy: { nonce: 'asc' } })
    expect(transactions.map(({ nonce, status }) => ({ nonce, status }))).toEqual(
      Array.from({ length: ROUNDS }, (_, nonce) => ({ nonce, status: 'mined' })),
    )
  })

  test('between writing a reading and its receipt, takes the same reading as a replay', async () => {
    const home = world.households[0]!
    const meter = await connectMeter(world, home.meterKey)
    const reading = readingAt(ROUNDS, { importRegister: 1_000n, exportRegister: 100n })
    await world.advanceTo(endOfPeriod(ROUNDS))
    meter.publish(signedPayload(readingDomain(world.ledger), home.meterKey, reading))
    const key = { memberId_period: { memberId: home.memberId, period: reading.deliveryPeriod } }
    await eventually(() => world.store.client.meterReading.findUnique({ where: key }), 'the reading')
    await world.killGateway()
    await world.startGateway()

    meter.receipts.length = 0
    expect(await meter.report(reading)).toMatchObject({ status: 'refused', code: 'reading-replayed' })
    await meter.close()
  })
})
