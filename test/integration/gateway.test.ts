import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedPayload, startMeterFleet } from '../../scripts/simulation/meter-fleet.ts'
import { readingDomain, type MeterReading } from '../../services/chain/readings.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'
import { insertRefusedMessages, pruneRefusedMessages } from '../../services/store/refused-messages.ts'
import { committed, connectMeter, period, readingAt } from './gateway-meters.ts'
import {
  CONNECTION_CAPACITY_W,
  endOfPeriod,
  eventually,
  FIRST_PERIOD,
  startGatewayWorld,
  type GatewayWorld,
} from './gateway-world.ts'

const STRANGER_KEY = `0x${'5e'.repeat(32)}`

const refusedCount = (world: GatewayWorld) => world.store.client.refusedMessage.count()
const storedReadings = (world: GatewayWorld) =>
  world.store.client.meterReading.findMany({ orderBy: [{ memberId: 'asc' }, { period: 'asc' }] })

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
      expect(row).toMatchObject({ code: 'reading-malformed', payload: Uint8Array.from(Buffer.from('junk')) })
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
      Array.from({ length: 3 }, () => ({ reason: 'r\uFFFD\uFFFD', payload: Uint8Array.of(112, 0) })),
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
    // The ledger has a commitment some time before the gateway has looked and noted that it does.
    const transactions = await eventually(async () => {
      const rows = await world.store.client.gatewayTransaction.findMany({ orderBy: { nonce: 'asc' } })
      return rows.some(({ status }) => status === 'signed') ? null : rows
    }, 'what became of every transaction')
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
