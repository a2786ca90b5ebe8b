import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/settings.ts'
import {
  serveModbus,
  simulateMeter,
  type ModbusDevices,
  type SimulatedMeter,
} from '../../scripts/simulation/modbus-device.ts'
import { gatewayReadingDigest, readingDomain } from '../../services/chain/readings.ts'
import { readSigningKey } from '../../services/chain/role-keys.ts'
import { addressOfKey, recoverSigner } from '../../services/chain/typed-data.ts'
import { requestReplay, listReplays } from '../../services/store/refusal-replays.ts'
import { writeMeterExchange } from '../../services/store/meter-exchanges.ts'
import { committed, connectMeter, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, eventually, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'

/** A meter that cannot sign is read over Modbus, and the gateway signs for it. */

const LAST_OF_32_BITS = 2 ** 32 - 1

let world: GatewayWorld
let served: ModbusDevices
let counters: SimulatedMeter
let signing: Awaited<ReturnType<typeof connectMeter>>
let memberId: number
let address: string

beforeAll(async () => {
  world = await startGatewayWorld({ port: 18_970, households: 2, lastPeriod: period(40) })
  counters = simulateMeter({ unit: 1, serialNumber: 'M1', importWh: LAST_OF_32_BITS - 250, exportWh: 40, powerW: 0 })
  const port = await freePort()
  served = await serveModbus(port, [counters])
  const [other, read] = world.households as [(typeof world.households)[number], (typeof world.households)[number]]
  memberId = read.memberId
  address = addressOfKey(read.meterKey)
  const way = { protocol: 'modbus', endpoint: `127.0.0.1:${port}/1`, isSigning: false }
  await world.store.client.device.update({ where: { address }, data: way })
  await world.startGateway()
  signing = await connectMeter(world, other.meterKey)
})
afterAll(async () => {
  await signing.close()
  await served.close()
  await world.stop()
})

const readingOf = (position: number) =>
  world.store.client.meterReading.findUnique({ where: { memberId_period: { memberId, period: period(position) } } })
const read = (position: number) => eventually(() => readingOf(position), `the reading of period ${position}`)
const shown = (row: Awaited<ReturnType<typeof read>>) => [row.sequence, row.importRegisterWh, row.exportRegisterWh]

/** Lets the meter count, and the period end; both meters are read then. */
async function endPeriod(position: number, energy = { importWh: 100, exportWh: 10 }) {
  counters.add(energy)
  await world.advanceTo(endOfPeriod(position))
  await signing.report(readingAt(position))
}

describe('a meter that cannot sign', () => {
  test('is read at the end of each period, and the gateway signs what it read', async () => {
    await endPeriod(-1, { importWh: 0, exportWh: 0 })
    const first = await read(-1)
    expect(shown(first)).toEqual([1, BigInt(LAST_OF_32_BITS - 250), 40n])
    const { signedBy, signature, sequence, importRegisterWh, exportRegisterWh } = first
    expect(signedBy).toBe('gateway')
    const reading = { deliveryPeriod: period(-1), sequence }
    const registers = { importRegister: importRegisterWh, exportRegister: exportRegisterWh }
    const digest = gatewayReadingDigest(readingDomain(world.ledger), address, { ...reading, ...registers })
    expect(recoverSigner(digest, signature)).toBe((await readSigningKey(world.dataFolder, 'gateway')).address)
  })

  test('is settled by what its counters counted, committed with those of others', async () => {
    await endPeriod(0)
    expect(shown(await read(0))).toEqual([2, BigInt(LAST_OF_32_BITS - 150), 50n])
    expect(await committed(world, 0)).toMatchObject({ count: 2, importTotal: 200n, exportTotal: 20n })
  })

  test('goes on where its counter begins again, over a kill', async () => {
    await world.killGateway()
    await world.startGateway()
    await endPeriod(1, { importWh: 200, exportWh: 0 })
    expect(shown(await read(1))).toEqual([3, BigInt(LAST_OF_32_BITS + 50), 50n])
    expect((await readingOf(1))?.importCounterWh).toBe(49n)
  })

  test('leaves its reading out where it cannot be heard, and loses no energy by it', async () => {
    await served.close()
    await endPeriod(2)
    const [, , port] = /^(.*):(\d+)\//.exec(
      (await world.store.client.device.findUniqueOrThrow({ where: { address } })).endpoint!,
    )!
    served = await serveModbus(Number(port), [counters])
    await endPeriod(3)
    expect(shown(await read(3))).toEqual([4, BigInt(LAST_OF_32_BITS + 250), 70n])
    expect(await readingOf(2)).toBeNull()
  })

  test('is quarantined where it was replaced, and goes on once that is declared', async () => {
    const { registers } = simulateMeter({ unit: 1, serialNumber: 'M2', importWh: 7, exportWh: 9_000, powerW: 0 })
    const before = counters.registers.slice()
    counters.registers.splice(0, registers.length, ...registers)
    await world.advanceTo(endOfPeriod(4))
    await signing.report(readingAt(4))
    const refused = await eventually(
      () => world.store.client.refusedMessage.findFirst({ where: { device: address }, orderBy: { id: 'desc' } }),
      'the refusal',
    )
    expect(refused).toMatchObject({ code: 'counter-backwards', format: 'measured' })
    expect(await readingOf(4)).toBeNull()
    expect(before).not.toEqual(counters.registers)

    const exchange = { device: address, at: endOfPeriod(3) + 60, firstImportWh: 7n, firstExportWh: 9_000n }
    await writeMeterExchange(world.store, { ...exchange, finalImportWh: 249n, finalExportWh: 75n }, '0x1')
    await eventually(async () => {
      await requestReplay(world.store, { refusalId: refused.id, by: '0x1', now: 1, mostOpen: 5, mostTries: 100 })
      return readingOf(4)
    }, 'the reading of the meter that came')
    expect((await listReplays(world.store, refused.id))?.length).toBeGreaterThan(0)
    // The old one counted nothing more of import, and 5 Wh more of export.
    expect(shown(await read(4))).toEqual([5, BigInt(LAST_OF_32_BITS + 250), 75n])
  })

  test('is refused where it counts more than its connection can carry', async () => {
    const rows = await world.store.client.refusedMessage.count()
    await world.advanceTo(endOfPeriod(5) - 60)
    await world.store.client.refusedMessage.deleteMany({ where: { device: address } })
    counters.registers.splice(
      0,
      counters.registers.length,
      ...simulateMeter({ unit: 1, serialNumber: 'M2', importWh: 900_007, exportWh: 9_000, powerW: 0 }).registers,
    )
    await world.advanceTo(endOfPeriod(5))
    const refused = await eventually(
      () => world.store.client.refusedMessage.findFirst({ where: { device: address } }),
      'the refusal',
    )
    expect(refused.code).toBe('counter-implausible')
    expect(rows).toBeGreaterThan(0)
    expect(await readingOf(5)).toBeNull()
  })
})
