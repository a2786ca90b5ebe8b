import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { device, devicePage, registeredDevices } from '../../services/api/schemas/devices.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { HeldRole } from '../../services/domain/identity/household-data.ts'
import { parseCode } from '../../services/domain/joining/code.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { browserWith, signIn, type Browser } from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'

const KEYS = {
  'metering-operator': `0x${'c1'.repeat(32)}`,
  'platform-operator': `0x${'c2'.repeat(32)}`,
  dso: `0x${'c3'.repeat(32)}`,
} as const
const STRANGER_KEY = `0x${'c4'.repeat(32)}`
const CODE = '0H2K-4N6Q-8SAV-CXEZ'
const OTHER_CODE = '1H2K-4N6Q-8SAV-CXEZ'

function rolesOf(account: string): HeldRole[] {
  return Object.entries(KEYS)
    .filter(([, key]) => addressOfKey(key) === account)
    .map(([role]) => ({ role, area: 1 }))
}

let world: ApiWorld
let operator: Browser
let platform: Browser
let [first, second]: Browser[] = []

beforeAll(async () => {
  world = await startApiWorld({ port: 18_930, households: 2, rolesOf })
  operator = await signIn(world, KEYS['metering-operator'])
  platform = await signIn(world, KEYS['platform-operator'])
  first = await signIn(world, world.households[0]!.accountKey)
  second = await signIn(world, world.households[1]!.accountKey)
})
afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

const addressOf = (number: number) => `0x${number.toString(16).padStart(40, '0')}`
const hashOfCode = (code: string) => createHash('sha256').update(parseCode(code)!).digest('hex')

const charger = {
  address: addressOf(0xe1),
  kind: 'ev-charger',
  protocol: 'lwm2m',
  endpoint: 'urn:dev:os:charger-1',
  maker: 'Voltio',
  model: 'W11',
  serialNumber: 'V-001',
  feeder: 'feeder-1',
  ratedPowerW: 11_000,
  capabilities: ['charge-limit', 'set-point'],
  claimCodeHash: hashOfCode(CODE),
}
const battery = { address: addressOf(0xe2), kind: 'battery', protocol: 'json', isSigning: true, ratedPowerW: 5_000 }

const register = (browser: Browser, devices: unknown[]) => browser.send('POST', '/api/devices', { devices })
const listed = async (browser: Browser, query = '') =>
  (await bodyOf(await browser.get(`/api/devices${query}`), devicePage)).items.map(({ address }) => address)
const meterOf = (index: number) => addressOfKey(world.households[index]!.meterKey)
const claim = (browser: Browser, code: string) => browser.send('POST', '/api/devices/claims', { code })

describe('registering devices', () => {
  test('is for those who run devices alone', async () => {
    expect(await problemOf(await register(browserWith(world.address, ''), [battery]))).toMatchObject({ status: 401 })
    expect(await problemOf(await register(first!, [battery]))).toMatchObject({ status: 403, code: 'role-missing' })
    const dso = await signIn(world, KEYS.dso)
    expect(await problemOf(await register(dso, [battery]))).toMatchObject({ code: 'role-missing' })
  })

  test('takes all of a list once, and the same again without effect', async () => {
    const made = await bodyOf(await register(operator, [charger, battery]), registeredDevices)
    expect(made).toEqual({ registered: 2, known: 0 })
    const again = await bodyOf(await register(platform, [charger, battery]), registeredDevices)
    expect(again).toEqual({ registered: 0, known: 2 })
    expect(await world.store.client.device.count()).toBe(4)
  })

  test('takes nothing of a list with faults, and names the row of each', async () => {
    const rows = [
      { ...battery, address: addressOf(1), protocol: 'modbus', endpoint: 'nowhere', isSigning: true },
      { ...battery, address: addressOf(2), protocol: 'lwm2m', endpoint: charger.endpoint, isSigning: false },
      { ...battery, address: addressOf(3) },
      { ...battery, address: addressOf(3) },
    ]
    const refusal = await problemOf(await register(operator, rows))
    expect(refusal).toMatchObject({ status: 422, code: 'devices-faulty' })
    const faults = refusal.faults!.shown.map(({ row, column }) => [row, column])
    expect(faults).toEqual([
      [1, 'endpoint'],
      [1, 'isSigning'],
      [4, 'address'],
    ])
    const rest = await problemOf(await register(operator, [rows[2], rows[1]]))
    expect(rest.faults!.shown.map(({ row, column }) => [row, column])).toEqual([[2, 'endpoint']])
    expect(await world.store.client.device.count()).toBe(4)
    const meter = { ...battery, kind: 'meter', address: addressOf(4) }
    expect(await problemOf(await register(operator, [meter]))).toMatchObject({ status: 400 })
  })

  test('replaces what is said of a device that nobody has', async () => {
    const mended = { ...battery, model: 'B5' }
    expect(await bodyOf(await register(operator, [mended]), registeredDevices)).toEqual({ registered: 1, known: 0 })
    const row = await world.store.client.device.findUniqueOrThrow({ where: { address: battery.address } })
    expect(row.model).toBe('B5')
    expect(row.memberId).toBeNull()
  })
})

describe('devices', () => {
  test('of a household are shown to it alone, its meter among them', async () => {
    expect(await listed(first!)).toEqual([meterOf(0)])
    expect(await listed(second!)).toEqual([meterOf(1)])
    expect(await listed(await signIn(world, STRANGER_KEY))).toEqual([])
    expect(await problemOf(await browserWith(world.address, '').get('/api/devices'))).toMatchObject({ status: 401 })
    const unknown = await problemOf(await second!.get(`/api/devices/${meterOf(0)}`))
    expect(unknown).toMatchObject({ status: 404, code: 'device-unknown' })
    expect(await problemOf(await second!.get(`/api/devices/${addressOf(9)}`))).toMatchObject({ status: 404 })
  })

  test('of everybody and of nobody are found by those who run them', async () => {
    const everything = [charger.address, battery.address, meterOf(0), meterOf(1)].sort()
    expect(await listed(operator)).toEqual(everything)
    expect(await listed(operator, '?kind=ev-charger&maker=voltio&model=w11&feeder=feeder-1')).toEqual([charger.address])
    expect(await listed(operator, '?capability=charge-limit&protocol=lwm2m')).toEqual([charger.address])
    expect(await listed(operator, '?claimed=yes')).toEqual([meterOf(0), meterOf(1)].sort())
    expect(await listed(operator, '?claimed=no&protocol=json')).toEqual([battery.address])
    const page = await bodyOf(await operator.get('/api/devices?limit=3'), devicePage)
    expect(page.nextAfter).toBe(everything[2])
    expect(await listed(operator, `?limit=3&after=${page.nextAfter}`)).toEqual(everything.slice(3))
  })

  test('are shown to the platform operator without whose they are', async () => {
    const shown = await bodyOf(await platform.get(`/api/devices/${meterOf(0)}`), device)
    expect(shown).toMatchObject({ isClaimed: true, memberId: null, serialNumber: null, endpoint: null })
    const whole = await bodyOf(await operator.get(`/api/devices/${meterOf(0)}`), device)
    expect(whole.memberId).toBe(world.households[0]!.memberId)
  })
})

describe('a device', () => {
  test('is claimed by the code on it, once, and by nobody else until its owner gives it up', async () => {
    const claimed = await bodyOf(await claim(first!, CODE.toLowerCase()), device)
    expect(claimed).toMatchObject({ address: charger.address, memberId: world.households[0]!.memberId })
    expect((await claim(first!, CODE)).status).toBe(201)
    expect(await problemOf(await claim(second!, CODE))).toMatchObject({ status: 409, code: 'device-taken' })
    expect(await listed(first!)).toContain(charger.address)
    const renamed = { ...charger, model: 'W22' }
    expect(await problemOf(await register(operator, [renamed]))).toMatchObject({ code: 'devices-faulty' })

    const notOwn = await problemOf(await second!.send('DELETE', `/api/devices/${charger.address}/claim`))
    expect(notOwn).toMatchObject({ code: 'device-unknown' })
    expect((await first!.send('DELETE', `/api/devices/${charger.address}/claim`)).status).toBe(204)
    expect(await listed(first!)).toEqual([meterOf(0)])
    expect(await bodyOf(await claim(second!, CODE), device)).toMatchObject({ address: charger.address })
    const { ownedSince } = await world.store.client.device.findUniqueOrThrow({ where: { address: charger.address } })
    expect(ownedSince).toBeGreaterThan(0)
  })

  test('that is a meter is not given up', async () => {
    const refusal = await problemOf(await first!.send('DELETE', `/api/devices/${meterOf(0)}/claim`))
    expect(refusal).toMatchObject({ status: 409, code: 'device-is-meter' })
  })

  test('is not found by guessing: five codes may be wrong in an hour', async () => {
    const codes: string[] = []
    for (let count = 0; count < 6; count += 1) codes.push((await problemOf(await claim(first!, OTHER_CODE))).code)
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'device-code-wrong'), 'too-many-tries'])
    expect((await problemOf(await claim(first!, CODE))).code).toBe('too-many-tries')
    const homeless = await problemOf(await claim(await signIn(world, STRANGER_KEY), CODE))
    expect(homeless).toMatchObject({ status: 403, code: 'household-not-yours' })
  })
})

describe('how a meter is reached', () => {
  const way = { protocol: 'modbus', endpoint: '192.0.2.7:502/1', isSigning: false }
  const put = (browser: Browser, address: string, body: object) =>
    browser.send('PUT', `/api/devices/${address}/way`, body)

  test('is said by who runs meters alone, and again without effect', async () => {
    for (const [browser, code] of [
      [first!, 'role-missing'],
      [platform, 'role-missing'],
    ] as const) {
      expect(await problemOf(await put(browser, meterOf(0), way))).toMatchObject({ status: 403, code })
    }
    expect((await put(operator, meterOf(0), way)).status).toBe(204)
    expect((await put(operator, meterOf(0), way)).status).toBe(204)
    const row = await world.store.client.device.findUniqueOrThrow({ where: { address: meterOf(0) } })
    expect(row).toMatchObject({ ...way, memberId: world.households[0]!.memberId })
  })

  test('is refused where it cannot be, or is another device’s', async () => {
    expect(await problemOf(await put(operator, meterOf(1), way))).toMatchObject({ code: 'device-endpoint-taken' })
    const nowhere = await problemOf(await put(operator, meterOf(1), { ...way, endpoint: 'nowhere' }))
    expect(nowhere).toMatchObject({ status: 422, code: 'device-way-invalid' })
    const signing = { protocol: 'lwm2m', endpoint: 'urn:dev:os:1', isSigning: true }
    expect(await problemOf(await put(operator, meterOf(1), signing))).toMatchObject({ code: 'device-way-invalid' })
    expect(await problemOf(await put(operator, addressOf(9), way))).toMatchObject({ status: 404 })
  })
})

describe('that a meter was replaced', () => {
  const counters = { finalImportWh: '5000', finalExportWh: '10', firstImportWh: '0', firstExportWh: '0' }
  const declare = (browser: Browser, address: string, body: object) =>
    browser.send('POST', `/api/devices/${address}/exchanges`, body)

  test('is said once by who runs meters, of a meter that does not sign', async () => {
    const at = 1_000
    expect(await problemOf(await declare(platform, meterOf(0), { at, ...counters }))).toMatchObject({
      code: 'role-missing',
    })
    expect((await declare(operator, meterOf(0), { at, ...counters })).status).toBe(204)
    expect((await declare(operator, meterOf(0), { at, ...counters })).status).toBe(204)
    const other = { at, ...counters, firstImportWh: '1' }
    expect(await problemOf(await declare(operator, meterOf(0), other))).toMatchObject({ code: 'exchange-conflict' })
    expect(await world.store.client.meterExchange.findMany()).toMatchObject([
      { device: meterOf(0), at, finalImportWh: 5_000n, declaredBy: addressOfKey(KEYS['metering-operator']) },
    ])
  })

  test('is refused of a meter that signs, of what is no meter, and before it happened', async () => {
    const codeOf = async (address: string, body: object) =>
      (await problemOf(await declare(operator, address, body))).code
    expect(await codeOf(meterOf(1), { at: 1, ...counters })).toBe('meter-signs')
    expect(await codeOf(battery.address, { at: 1, ...counters })).toBe('device-not-a-meter')
    expect(await codeOf(meterOf(0), { at: 2 ** 31 - 1, ...counters })).toBe('exchange-in-the-future')
    expect(await codeOf(meterOf(0), { at: 1, ...counters, finalImportWh: '-1' })).toBe('request-malformed')
  })
})
