import { execFile, spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freeUdpPort } from '../../scripts/settings.ts'
import { createLwm2mDevice, type Lwm2mDevice } from '../../scripts/simulation/lwm2m-device.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { deviceKeyFileOf, writeDeviceKey } from '../../services/runtime/device-keys.ts'
import { committed, connectMeter, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, eventually, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'

/** A meter that speaks LwM2M, against the gateway's process. */

const ENDPOINT = 'urn:dev:os:meter-1'

let world: GatewayWorld
let signing: Awaited<ReturnType<typeof connectMeter>>
let meter: Lwm2mDevice
let memberId: number
let address: string
let port: number
let dtlsPort: number

beforeAll(async () => {
  port = await freeUdpPort()
  dtlsPort = await freeUdpPort()
  world = await startGatewayWorld({
    port: 18_700,
    households: 2,
    lastPeriod: period(40),
    environment: { COMMONWATT_LWM2M_PORT: String(port), COMMONWATT_LWM2M_DTLS_PORT: String(dtlsPort) },
  })
  const [first, second] = world.households as [(typeof world.households)[number], (typeof world.households)[number]]
  memberId = second.memberId
  address = addressOfKey(second.meterKey)
  const way = { protocol: 'lwm2m', endpoint: ENDPOINT, isSigning: false }
  await world.store.client.device.update({ where: { address }, data: way })
  await world.startGateway()
  signing = await connectMeter(world, first.meterKey)
  meter = await createLwm2mDevice({
    endpoint: ENDPOINT,
    server: { host: '127.0.0.1', port },
    values: {
      ...{ '/3/0/0': 'Maker', '/3/0/1': 'M1', '/3/0/3': '2.0' },
      ...{ '/3421/0/1': 230, '/3421/0/25': 1_000, '/3421/0/26': 40 },
    },
  })
})
afterAll(async () => {
  await meter.close()
  await signing.close()
  await world.stop()
})

const readingOf = (position: number) =>
  world.store.client.meterReading.findUnique({ where: { memberId_period: { memberId, period: period(position) } } })

async function endPeriod(position: number, registers: { readonly importWh: number; readonly exportWh: number }) {
  await world.advanceTo(endOfPeriod(position))
  await signing.report(readingAt(position))
  // Not acknowledged before it is in the database.
  expect(await meter.change({ '/3421/0/25': registers.importWh, '/3421/0/26': registers.exportWh })).toBe(true)
  const { importRegisterWh, exportRegisterWh, signedBy, sequence } = (await readingOf(position))!
  return [sequence, importRegisterWh, exportRegisterWh, signedBy]
}

/** The commands of docs/devices.md that begin with the words, each as one line. */
function documented(beginning: string): string[] {
  const text = readFileSync(fileURLToPath(new URL('../../docs/devices.md', import.meta.url)), 'utf8')
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n')
  return lines.filter((line) => line.startsWith(beginning))
}

const isInstalled = (program: string): boolean => spawnSync('which', [program]).status === 0
const run = promisify(execFile)
async function sh(command: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr } = await run('sh', ['-c', command], {
    env: { ...process.env, ...environment },
    timeout: 30_000,
  })
  return stdout + stderr
}

describe('a meter that speaks LwM2M', () => {
  test('is observed once it registers, and tells what it is', async () => {
    expect(await meter.register()).toBe('2.01')
    await eventually(async () => (meter.observedPaths().includes('/3421/0') ? true : null), 'the observation')
    const health = await eventually(async () => {
      const row = await world.store.client.deviceHealth.findUnique({ where: { device: address } })
      return (row?.firmware ?? null) === null ? null : row
    }, 'its health')
    expect(health.firmware).toBe('2.0')
  })

  test('is settled by its registers at the end of each period, signed by the gateway', async () => {
    expect(await endPeriod(-1, { importWh: 1_100, exportWh: 40 })).toEqual([1, 1_100n, 40n, 'gateway'])
    expect(await endPeriod(0, { importWh: 1_350, exportWh: 50 })).toEqual([2, 1_350n, 50n, 'gateway'])
    expect(await committed(world, 0)).toMatchObject({ count: 2, importTotal: 350n, exportTotal: 20n })
  })

  test('registers anew after the gateway was killed, and loses nothing', async () => {
    await world.killGateway()
    const received = async () =>
      (await world.store.client.deviceHealth.findUniqueOrThrow({ where: { device: address } })).received
    const before = await received()
    await world.startGateway()
    expect(await meter.update()).toBe('2.01')
    // What it tells first is of the time at which it is observed: the clock of this world must not jump before that.
    await eventually(async () => ((await received()) > before ? true : null), 'what it tells first')
    expect(await endPeriod(1, { importWh: 1_400, exportWh: 50 })).toEqual([3, 1_400n, 50n, 'gateway'])
  })

  test('is not let in without its key once it has one, nor is a stranger', async () => {
    const file = deviceKeyFileOf(world.dataFolder)
    await mkdir(path.dirname(file), { recursive: true })
    await writeDeviceKey(file, address, Buffer.alloc(16, 3))
    expect(await meter.register()).toBe('4.03')
    const stranger = await createLwm2mDevice({
      endpoint: 'urn:dev:os:stranger',
      server: { host: '127.0.0.1', port },
      values: { '/3/0/0': 'Maker' },
    })
    expect(await stranger.register()).toBe('4.03')
    await stranger.close()
  })
})

describe('a device that is there as docs/devices.md says', () => {
  const DEVICE = `0x${'e5'.repeat(20)}`
  beforeAll(async () => {
    await world.store.client.device.create({
      data: {
        ...{
          address: DEVICE,
          kind: 'battery',
          area: world.area,
          memberId,
          protocol: 'lwm2m',
          endpoint: 'urn:dev:os:1',
        },
        ...{
          isSigning: false,
          maker: '',
          model: '',
          serialNumber: '',
          feeder: '',
          ratedPowerW: 5_000,
          capabilities: [],
        },
      },
    })
    await eventually(
      () => world.store.client.deviceHealth.findUnique({ where: { device: DEVICE } }),
      'the gateway to know the device',
    )
  })

  test.skipIf(!isInstalled('coap-client-notls'))(
    'registers, sends, updates and leaves by coap-client, as written there (skipped where it is not installed)',
    async () => {
      const [register, send, update, leave] = documented('coap-client-notls').map((command) =>
        command.replaceAll('127.0.0.1:8425', `127.0.0.1:${port}`),
      )
      const registered = await sh(register!)
      expect(registered).toContain('c:2.01')
      const [, location = ''] = /Location-Path:rd, Location-Path:([0-9a-f]+)/.exec(registered) ?? []
      expect(location).not.toBe('')
      expect(await sh(send!)).toContain('c:2.04')
      const rows = await world.store.client.deviceMeasurement.findMany({ where: { device: DEVICE } })
      expect(rows.map(({ quantity, value }) => [quantity, value]).toSorted()).toEqual([
        ['consumed-register', 1_000n],
        ['produced-register', 50n],
      ])
      const own = (command: string) => command.replace(/rd\/[0-9a-f]+/, `rd/${location}`)
      expect(await sh(own(update!))).toContain('c:2.04')
      expect(await sh(own(leave!))).toContain('c:2.02')
    },
  )

  test.skipIf(!isInstalled('coap-client-openssl'))(
    'registers over DTLS with its key, as written there (skipped where it is not installed)',
    async () => {
      const key = Buffer.from('drawn-for-the-test-0123456789abc')
      const file = deviceKeyFileOf(world.dataFolder)
      await mkdir(path.dirname(file), { recursive: true })
      await writeDeviceKey(file, DEVICE, key)
      const [register] = documented('coap-client-openssl').map((command) =>
        command.replaceAll('127.0.0.1:5684', `127.0.0.1:${dtlsPort}`),
      )
      const environment = { DEVICE, PSK: key.toString() }
      expect(await sh(register!, environment)).toContain('c:2.01')
      expect(await sh(register!, { ...environment, PSK: 'ff'.repeat(16) })).not.toContain('c:2.01')
    },
  )
})
