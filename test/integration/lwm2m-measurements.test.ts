import { afterEach, describe, expect, test, vi } from 'vitest'
import { DomainError } from '../../services/domain/errors.ts'
import { CONTENT_FORMAT } from '../../services/gateway/adapters/lwm2m/content/content-format.ts'
import {
  DEVICE_VALUES,
  knownDevice,
  lastTaken,
  LEDGER_MS,
  lwm2mWorld,
  METER_VALUES,
  type Lwm2mWorld,
} from './lwm2m-world.ts'

let world: Lwm2mWorld
afterEach(async () => {
  await world.close()
  expect(world.desk.defects).toEqual([])
})

const soon = <T>(assertion: () => T) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 })
const REGISTERS = { 'import-register': 1_000n, 'export-register': 50n }

describe('a meter that registers', () => {
  test('is asked what it is, and observed: its registers come together, and then each change', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    expect(await device.register()).toBe('2.01')
    await soon(() =>
      expect(lastTaken(world.desk)).toMatchObject({ ...REGISTERS, 'active-power': 400n, voltage: 230_000n }),
    )
    expect(world.desk.reports).toEqual([
      {
        device: knownDevice(1).address,
        report: { maker: 'Maker', model: 'Model', serialNumber: 'SN-1', firmware: '1.2.3', clockOffsetMs: 2_000 },
      },
    ])
    expect(device.asked).toEqual(['GET /3/0', 'PUT /3421/0 pmin=5 pmax=60', 'GET /3421/0'])
    expect(await device.change({ '/3421/0/25': 1_010, '/3421/0/26': 51 })).toBe(true)
    expect(lastTaken(world.desk)).toMatchObject({ 'import-register': 1_010n, 'export-register': 51n })
  })

  test.each([
    ['1.0', [CONTENT_FORMAT.tlv]],
    ['1.0', [CONTENT_FORMAT.json]],
    ['1.0', [CONTENT_FORMAT.oldTlv]],
    ['1.1', [CONTENT_FORMAT.senmlCbor]],
    ['1.1', [CONTENT_FORMAT.senmlJson]],
    ['1.1', [CONTENT_FORMAT.tlv]],
    ['1.1', [CONTENT_FORMAT.json]],
    ['1.2', [CONTENT_FORMAT.lwm2mCbor]],
    ['1.2', [CONTENT_FORMAT.tlv, CONTENT_FORMAT.senmlJson]],
  ])('is understood as a client of %s with the formats %j, told or not', async (version, formats) => {
    world = await lwm2mWorld([knownDevice(1), knownDevice(2)])
    for (const [number, tellsFormats] of [
      [1, false],
      [2, true],
    ] as const) {
      const device = await world.device({ number, version, formats, tellsFormats })
      expect(await device.register()).toBe('2.01')
      await soon(() => expect(lastTaken(world.desk, number)).toMatchObject(REGISTERS))
      expect(await device.change({ '/3421/0/25': 1_010 })).toBe(true)
      expect(lastTaken(world.desk, number)).toMatchObject({ ...REGISTERS, 'import-register': 1_010n })
    }
    expect(world.desk.refusals).toEqual([])
  })

  test.each([
    [
      '10242 in kWh',
      'meter',
      { '/10242/0/41': 12.5, '/10242/0/34': 0.4 },
      { 'import-register': 12_500n, 'active-power': 400n },
    ],
    [
      '10243 in kWh',
      'meter',
      { '/10243/0/14': 12.5, '/10243/0/6': 0.4 },
      { 'import-register': 12_500n, 'active-power': 400n },
    ],
    [
      '3305 in Wh',
      'meter',
      { '/3305/0/5805': 12.5, '/3305/0/5800': 400 },
      { 'import-register': 13n, 'active-power': 400n },
    ],
    ['3422 in Wh', 'meter', { '/3422/0/17': 7, '/3422/0/18': 8 }, { 'import-register': 7n, 'export-register': 8n }],
    ['3331 in kWh', 'pv-inverter', { '/3331/0/5700': 3.5, '/3331/0/5701': 'kWh' }, { 'produced-register': 3_500n }],
    ['3306', 'heat-pump', { '/3306/0/5850': true }, { switch: 1n }],
    ['3308 in kW', 'battery', { '/3308/0/5900': -1.5, '/3308/0/5701': 'kW' }, { 'set-point': -1_500n }],
  ] as const)('may do so by object %s', async (_, kind, values, expected) => {
    world = await lwm2mWorld([knownDevice(1, { kind })])
    const device = await world.device({ values: { ...DEVICE_VALUES, ...values } })
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toEqual(expected))
  })

  test('may have its objects below another root, and tell no instances', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({ root: '/lwm2m', links: '</lwm2m/3/0>,</lwm2m/3421>' })
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    expect(device.asked).toContain('GET /lwm2m/3421')
  })

  test('that has two meters without a sum is refused, with what it is told of why', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({ values: { ...METER_VALUES, '/3421/1/25': 5 } })
    await device.register()
    await soon(() => expect(world.desk.refusals).toMatchObject([{ code: 'lwm2m-ambiguous' }]))
    expect(world.desk.taken).toEqual([])
  })
})

describe('a notification', () => {
  test('is acknowledged only once it is durable, and comes again until then', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    let attempts = 0
    world.desk.onTaking = async () => ++attempts === 3
    expect(await device.change({ '/3421/0/25': 1_010 })).toBe(true)
    expect(attempts).toBe(3)
    expect(lastTaken(world.desk)['import-register']).toBe(1_010n)
  })

  test('that is never taken is asked for again later, though the device has given it up', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({ maxRetransmit: 1 })
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    world.desk.onTaking = async () => false
    expect(await device.change({ '/3421/0/25': 1_010 })).toBe(false)
    expect(device.observedPaths()).toEqual([])
    world.desk.onTaking = async () => true
    world.pass(30_000)
    await soon(() => expect(lastTaken(world.desk)['import-register']).toBe(1_010n))
    expect(device.observedPaths()).toEqual(['/3421/0'])
  })

  test('that is being taken is waited for when the gateway ends', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    const [begun, durable] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()]
    world.desk.onTaking = () => (begun.resolve(), durable.promise)
    const acknowledged = device.change({ '/3421/0/25': 1_010 })
    await begun.promise
    let hasEnded = false
    const ended = world
      .adapter()
      .close()
      .then(() => (hasEnded = true))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(hasEnded).toBe(false)
    durable.resolve(true)
    await ended
    expect(lastTaken(world.desk)['import-register']).toBe(1_010n)
    // It was not acknowledged, so the device says it again to whoever comes next.
    expect(await acknowledged).toBe(false)
    await world.start()
  })

  test('that fails a rule of the gateway is acknowledged, since it is in quarantine', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    world.desk.onTaking = async () => {
      throw new DomainError('reading-register-backwards', 'the register stands lower')
    }
    expect(await device.change({ '/3421/0/25': 1 })).toBe(true)
    expect(lastTaken(world.desk)).toMatchObject(REGISTERS)
  })

  test('of one register alone brings both, read anew', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    expect(await device.changePartly({ '/3421/0/25': 1_010 })).toBe(true)
    expect(lastTaken(world.desk)).toMatchObject({ 'import-register': 1_010n, 'export-register': 50n })
  })

  test.each([
    ['no CBOR', CONTENT_FORMAT.senmlCbor, Buffer.from('ff', 'hex'), 'lwm2m-malformed'],
    ['nothing', CONTENT_FORMAT.senmlCbor, Buffer.alloc(0), 'lwm2m-malformed'],
    [
      'the register of another instance',
      CONTENT_FORMAT.senmlJson,
      Buffer.from('[{"bn":"/3421/1/","n":"25","v":1}]'),
      'lwm2m-malformed',
    ],
    [
      'a register below zero',
      CONTENT_FORMAT.senmlJson,
      Buffer.from('[{"bn":"/3421/0/","n":"25","v":-1}]'),
      'lwm2m-impossible',
    ],
    [
      'a register in gallons',
      CONTENT_FORMAT.senmlJson,
      Buffer.from('[{"bn":"/3421/0/","n":"25","u":"gal","v":1}]'),
      'lwm2m-unit-unknown',
    ],
    ['a format that nobody reads', 60_000, Buffer.from('x'), 'lwm2m-format-unknown'],
  ])('of %s is kept as it came, and acknowledged', async (_, contentFormat, payload, code) => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    expect(await device.notifyRaw('/3421/0', { contentFormat, payload })).toBe(true)
    expect(world.desk.refusals).toEqual([
      { topic: 'lwm2m/urn:dev:os:1/3421/0', code, reason: expect.any(String) as string, payload },
    ])
    expect(await device.change({ '/3421/0/25': 1_010 })).toBe(true)
    expect(lastTaken(world.desk)['import-register']).toBe(1_010n)
  })

  test('in a storm is not acknowledged beyond its rate, and none is lost that was', async () => {
    world = await lwm2mWorld([knownDevice(1)], {
      rates: { notifications: { burst: 6, perSecond: 1 } },
    })
    const device = await world.device({ maxRetransmit: 1 })
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    let acknowledged = 0
    for (let count = 1; count <= 8 && (await device.change({ '/3421/0/25': 1_000 + count })); count += 1)
      acknowledged += 1
    expect(acknowledged).toBe(5)
    expect(lastTaken(world.desk)['import-register']).toBe(1_005n)
    world.pass(30_000)
    await soon(() => expect(lastTaken(world.desk)['import-register']).toBe(1_006n))
  })
})

describe('what a device sends by itself', () => {
  test.each([CONTENT_FORMAT.senmlCbor, CONTENT_FORMAT.senmlJson, CONTENT_FORMAT.lwm2mCbor])(
    'in content format %i is taken',
    async (format) => {
      world = await lwm2mWorld([knownDevice(1)])
      const device = await world.device({ version: '1.2', formats: [format] })
      await device.register()
      await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
      world.desk.taken.splice(0)
      expect(await device.send(['/3421/0'])).toBe('2.04')
      expect(lastTaken(world.desk)).toMatchObject(REGISTERS)
      world.desk.onTaking = async () => false
      expect(await device.send(['/3421/0'])).toBe('5.03')
    },
  )

  test('may be measurements of several times', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    const at = LEDGER_MS / 1_000
    const records = [-900, 0].map((offset, index) => ({ bn: '/3421/0/', bt: at + offset, n: '25', v: 1_100 + index }))
    const payload = Buffer.from(JSON.stringify(records))
    const sent = await device.request({ path: ['dp'], contentFormat: CONTENT_FORMAT.senmlJson, payload })
    expect(sent.code).toBe('2.04')
    expect(world.desk.taken.at(-1)!.measured).toMatchObject([
      { quantity: 'import-register', value: 1_100n, measuredAtMs: (at - 900) * 1_000 },
      { quantity: 'import-register', value: 1_101n, measuredAtMs: at * 1_000 },
    ])
  })

  test('is taken of a device that cannot be asked, if it told where it measures', async () => {
    world = await lwm2mWorld([knownDevice(1), knownDevice(2), knownDevice(3)])
    const [meter, vague, twofold] = [
      await world.device({ binding: 'UQ' }),
      await world.device({ number: 2, links: '</3421>' }),
      await world.device({ number: 3, links: '</3421/0>,</3421/1>' }),
    ]
    const registered = [meter, vague, twofold].map(async (device) => {
      const code = await device.register()
      device.deafen()
      return code
    })
    expect(await Promise.all(registered)).toEqual(['2.01', '2.01', '2.01'])
    expect(await meter.send(['/3421/0'])).toBe('2.04')
    expect(lastTaken(world.desk)).toMatchObject(REGISTERS)
    expect(await vague.send(['/3421/0'])).toBe('5.03')
    expect(await twofold.send(['/3421/0'])).toBe('2.04')
    expect(world.desk.refusals).toMatchObject([{ topic: 'lwm2m/urn:dev:os:3/dp', code: 'lwm2m-ambiguous' }])
    expect(world.desk.taken).toHaveLength(1)
  })

  test('is refused of who is not registered, in another format, or where it cannot be read', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    expect(await device.send(['/3421/0'])).toBe('4.04')
    await device.register()
    await soon(() => expect(lastTaken(world.desk)).toMatchObject(REGISTERS))
    const junk = { path: ['dp'], payload: Buffer.from('junk') }
    expect((await device.request({ ...junk, contentFormat: CONTENT_FORMAT.text })).code).toBe('4.15')
    expect((await device.request({ ...junk, contentFormat: CONTENT_FORMAT.senmlJson })).code).toBe('2.04')
    expect(world.desk.refusals).toMatchObject([{ topic: 'lwm2m/urn:dev:os:1/dp', code: 'lwm2m-malformed' }])
    expect((await device.request({ method: 'GET', path: ['dp'] })).code).toBe('4.05')
  })
})
