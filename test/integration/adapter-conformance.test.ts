import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freeUdpPort } from '../../scripts/settings.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { insertDeviceCommand } from '../../services/store/device-commands.ts'
import {
  conformingBattery,
  conformingMeter,
  MOST_W,
  PROTOCOLS,
  type ConformingBattery,
  type ConformingDevice,
  type Counters,
} from './conforming-devices.ts'
import { committed, period } from './gateway-meters.ts'
import { endOfPeriod, eventually, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'

/** What every protocol's adapter has to do, by the gateway's process: a new protocol is one more among `PROTOCOLS`. */

type Protocol = (typeof PROTOCOLS)[number]
type Served<Device> = { readonly address: string; readonly memberId: number; readonly device: Device }

let world: GatewayWorld
const meters = new Map<Protocol, Served<ConformingDevice>>()
const batteries = new Map<Protocol, Served<ConformingBattery>>()

beforeAll(async () => {
  const lwm2mPort = await freeUdpPort()
  world = await startGatewayWorld({
    port: 18_710,
    households: PROTOCOLS.length,
    lastPeriod: period(40),
    environment: { COMMONWATT_LWM2M_PORT: String(lwm2mPort) },
  })
  for (const [position, protocol] of PROTOCOLS.entries()) {
    const { memberId, meterKey } = world.households[position]!
    const address = addressOfKey(meterKey)
    const device = await conformingMeter(protocol, { world, address, lwm2mPort })
    meters.set(protocol, { address, memberId, device })
    const way = { protocol, endpoint: device.endpoint, isSigning: false }
    await world.store.client.device.update({ where: { address }, data: way })
    const battery = `0x${String(position + 1).padStart(40, 'b')}`
    const told = await conformingBattery(protocol, { world, address: battery, lwm2mPort })
    batteries.set(protocol, { address: battery, memberId, device: told })
    await world.store.client.device.create({
      data: {
        ...{ address: battery, kind: 'battery', area: world.area, memberId, protocol, endpoint: told.endpoint },
        ...{ isSigning: false, maker: '', model: '', serialNumber: '', feeder: '', ratedPowerW: 5_000 },
        capabilities: ['set-point'],
      },
    })
  }
  await world.startGateway()
  for (const { device } of [...meters.values(), ...batteries.values()]) await device.connect()
})
afterAll(async () => {
  for (const { device } of [...meters.values(), ...batteries.values()]) await device.close()
  await world.stop()
})

const readingOf = (memberId: number, position: number) =>
  world.store.client.meterReading.findUnique({ where: { memberId_period: { memberId, period: period(position) } } })

/** What is polled has to stand there before the clock moves; all others say it once the period is over. */
async function endPeriod(position: number, counters: Counters): Promise<void> {
  await meters.get('modbus')!.device.measure(counters)
  await world.advanceTo(endOfPeriod(position))
  for (const [protocol, { device }] of meters) if (protocol !== 'modbus') await device.measure(counters)
}

async function outcomeOf(protocol: Protocol, powerW: number) {
  const { address, memberId } = batteries.get(protocol)!
  const id = randomUUID()
  await insertDeviceCommand(world.store, {
    ...{ id, device: address, memberId, source: 'owner', issuer: '0x1', signature: null },
    action: JSON.stringify({ kind: 'set-point', powerW }),
    ...{ createdAt: endOfPeriod(-2), expiresAt: endOfPeriod(30) },
  })
  return eventually(
    () =>
      world.store.client.commandEvent.findFirst({
        where: { commandId: id, happening: { in: ['done', 'refused', 'expired'] } },
      }),
    `what becomes of a command by ${protocol}`,
  )
}

describe.each(PROTOCOLS)('a device that speaks %s', (protocol) => {
  test('is told a set-point, and answers that it holds it', async () => {
    expect((await outcomeOf(protocol, 1_500)).happening).toBe('done')
  })

  test.skipIf(protocol === 'modbus')('answers that it will not hold what is too much', async () => {
    const { happening, detail } = await outcomeOf(protocol, MOST_W + 1)
    expect(happening).toBe('refused')
    expect(detail).not.toBe('')
  })

  test('has what nobody understands kept, and goes on', async () => {
    const { address, device } = meters.get(protocol)!
    const known = [{ device: address }, { topic: { contains: device.endpoint ?? address } }]
    await device.babble()
    // A poll may come before or after what it is to find.
    if (protocol !== 'modbus') {
      await eventually(() => world.store.client.refusedMessage.findFirst({ where: { OR: known } }), 'the refusal')
    }
  })
})

describe('meters of every protocol', () => {
  const rowsOf = async (position: number) => {
    const rows = [...meters].map(async ([protocol, { memberId }]) => {
      const row = await eventually(() => readingOf(memberId, position), `the reading by ${protocol}`)
      return [protocol, row.sequence, row.importRegisterWh, row.exportRegisterWh, row.signedBy]
    })
    return Promise.all(rows)
  }

  test('are read at the end of a period, alike, and once', async () => {
    await endPeriod(-1, { importWh: 1_000, exportWh: 10 })
    for (const [protocol, { device }] of meters) {
      if (protocol !== 'modbus') await device.measure({ importWh: 1_000, exportWh: 10 })
    }
    expect(await rowsOf(-1)).toEqual(PROTOCOLS.map((protocol) => [protocol, 1, 1_000n, 10n, 'gateway']))
  })

  test('are settled together', async () => {
    await endPeriod(0, { importWh: 1_250, exportWh: 30 })
    expect(await rowsOf(0)).toEqual(PROTOCOLS.map((protocol) => [protocol, 2, 1_250n, 30n, 'gateway']))
    const count = PROTOCOLS.length
    expect(await committed(world, 0)).toMatchObject({
      count,
      importTotal: BigInt(250 * count),
      exportTotal: BigInt(20 * count),
    })
  })

  test('lose no energy while the gateway is gone', async () => {
    await world.killGateway()
    // Longer than counters are those of the end.
    await world.advanceTo(endOfPeriod(1) + 120)
    await world.startGateway()
    for (const { device } of meters.values()) await device.connect()
    // What was read on the way has been taken when this has.
    for (const [protocol, { device }] of meters) {
      if (protocol !== 'modbus') await device.measure({ importWh: 1_250, exportWh: 30 })
    }
    await endPeriod(2, { importWh: 1_450, exportWh: 30 })
    expect(await rowsOf(2)).toEqual(PROTOCOLS.map((protocol) => [protocol, 3, 1_450n, 30n, 'gateway']))
    for (const { memberId } of meters.values()) expect(await readingOf(memberId, 1)).toBeNull()
  })

  test('have what cannot be kept with its reason, and are believed again after that', async () => {
    await endPeriod(3, { importWh: 9_001_450, exportWh: 30 })
    for (const { address } of meters.values()) {
      const refused = await eventually(
        () => world.store.client.refusedMessage.findFirst({ where: { device: address, code: 'counter-implausible' } }),
        'the refusal',
      )
      expect(refused.format).toBe('measured')
    }
    await endPeriod(4, { importWh: 1_500, exportWh: 30 })
    expect(await rowsOf(4)).toEqual(PROTOCOLS.map((protocol) => [protocol, 4, 1_500n, 30n, 'gateway']))
  })
})
