import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CoapRequest } from '../../services/gateway/adapters/coap/endpoint.ts'
import { commandOf, knownDevice, lastTaken, lwm2mWorld, METER_VALUES, type Lwm2mWorld } from './lwm2m-world.ts'

let world: Lwm2mWorld
afterEach(async () => {
  await world.close()
  expect(world.desk.defects).toEqual([])
})

const soon = <T>(assertion: () => T) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 })
const taken = (value: bigint, number = 1) =>
  soon(() => expect(lastTaken(world.desk, number)['import-register']).toBe(value))

const LINKS = Buffer.from('</3/0>,</3421/0>')
const registering = (query: readonly string[], payload = LINKS, contentFormat = 40): Partial<CoapRequest> => ({
  path: ['rd'],
  query,
  contentFormat,
  payload,
})
const OWN = ['lwm2m=1.1', 'ep=urn:dev:os:1', 'lt=60']

describe('a registration', () => {
  test.each([
    ['of an endpoint that nobody knows', registering(['lwm2m=1.1', 'ep=urn:dev:os:9']), '4.03', 'device-unknown'],
    ['without an endpoint', registering(['lwm2m=1.1']), '4.00', 'lwm2m-bad-request'],
    ['of another version', registering(['lwm2m=3.0', OWN[1]!]), '4.12', 'lwm2m-version-unknown'],
    ['with links that are none', registering(OWN, Buffer.from('</3/0')), '4.00', 'lwm2m-malformed'],
    ['with links as text', registering(OWN, LINKS, 0), '4.15', 'lwm2m-format-unknown'],
    ['with a path that is too deep', registering(OWN, Buffer.from('</3/0/1>')), '4.00', 'lwm2m-malformed'],
  ])('%s is refused, and kept as it came', async (_, request, code, why) => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    expect((await device.request(request)).code).toBe(code)
    expect(world.desk.refusals).toMatchObject([{ topic: 'lwm2m/rd', code: why }])
    expect(world.adapter().registered()).toBe(0)
  })

  test.each([
    [{ method: 'GET', path: ['rd'] }, '4.05'],
    [{ method: 'PUT', path: ['rd', 'x'] }, '4.05'],
    [{ method: 'POST', path: ['rd', 'nobody'] }, '4.04'],
    [{ method: 'DELETE', path: ['rd', 'nobody'] }, '4.04'],
    [{ method: 'POST', path: ['rd', 'a', 'b'] }, '4.04'],
    [{ method: 'POST', path: ['bs'] }, '4.04'],
    [{ method: 'POST', path: [] }, '4.04'],
  ] as const)('is nothing like %j', async (request, code) => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    expect((await device.request(request)).code).toBe(code)
  })

  test('is answered 5.03 where so many are registered that no more can be, and one that leaves makes room', async () => {
    world = await lwm2mWorld(
      [1, 2].map((number) => knownDevice(number)),
      { mostRegistrations: 1 },
    )
    const [first, second] = [await world.device({}), await world.device({ number: 2 })]
    expect(await first.register()).toBe('2.01')
    expect(await second.register()).toBe('5.03')
    expect(await first.register()).toBe('2.01')
    expect(await first.deregister()).toBe('2.02')
    expect(await second.register()).toBe('2.01')
  })

  test('that comes too often is answered 4.29, and so is who asks too often for anything', async () => {
    const rates = { registrations: { burst: 2, perSecond: 1 }, requests: { burst: 4, perSecond: 1 } }
    world = await lwm2mWorld([knownDevice(1)], { rates })
    const device = await world.device({})
    const codes = []
    for (let count = 0; count < 3; count += 1) codes.push(await device.register())
    expect(codes).toEqual(['2.01', '2.01', '4.29'])
    expect([await device.deregister(), (await device.request({ path: ['bs'] })).code]).toEqual(['4.04', '4.29'])
    world.pass(1_000)
    expect(await device.register()).toBe('2.01')
  })

  test('lasts for its lifetime, which an update begins anew, and the device registers again once it has ended', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({ lifetime: 60 })
    await device.register()
    await taken(1_000n)
    const asked = device.asked.length
    world.pass(59_000)
    expect(await device.update()).toBe('2.04')
    world.pass(59_000)
    expect(world.adapter().registered()).toBe(1)
    expect(await device.update(['lt=100'])).toBe('2.04')
    expect(device.asked).toHaveLength(asked)
    world.pass(99_000)
    expect(world.adapter().registered()).toBe(1)
    world.pass(1_000)
    expect(world.adapter().registered()).toBe(0)
    expect(await device.update()).toBe('2.01')
    await soon(() => expect(device.observedPaths()).toEqual(['/3421/0']))
  })

  test('ends with the device saying so, and nothing that it notifies is taken any more', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await taken(1_000n)
    expect(await device.deregister()).toBe('2.02')
    expect(world.adapter().registered()).toBe(0)
    expect(await device.change({ '/3421/0/25': 1_010 })).toBe(false)
    expect(lastTaken(world.desk)['import-register']).toBe(1_000n)
  })

  test('ends where the device is not known any more', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await taken(1_000n)
    world.desk.known.clear()
    await device.change({ '/3421/0/25': 1_010 })
    expect(lastTaken(world.desk)['import-register']).toBe(1_000n)
    expect(await device.update()).toBe('4.03')
    expect(world.adapter().registered()).toBe(0)
  })

  test('may be updated with other objects, which are observed then', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({ links: '</3/0>', values: { ...METER_VALUES } })
    await device.register()
    await soon(() => expect(world.desk.reports).toHaveLength(1))
    expect(device.observedPaths()).toEqual([])
    const location = device.location()
    expect((await device.request({ path: location, contentFormat: 40, payload: LINKS })).code).toBe('2.04')
    await taken(1_000n)
  })
})

describe('the same endpoint', () => {
  test('may come from another address, by an update or anew, and is observed there alone', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const before = await world.device({})
    await before.register()
    await taken(1_000n)
    const after = await world.device({ values: { ...METER_VALUES, '/3421/0/25': 2_000 } })
    expect((await after.request({ path: before.location() })).code).toBe('2.04')
    await taken(2_000n)
    expect(await before.change({ '/3421/0/25': 1_010 })).toBe(false)
    expect(await after.change({ '/3421/0/25': 2_010 })).toBe(true)
    expect(await before.register()).toBe('2.01')
    await taken(1_010n)
    expect(await after.change({ '/3421/0/25': 2_020 })).toBe(false)
    expect(world.adapter().registered()).toBe(1)
  })

  test('that two devices claim without security is that of the last, and they take turns at a bounded rate', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const [one, other] = [await world.device({}), await world.device({})]
    const codes = []
    for (let count = 0; count < 4; count += 1) codes.push(await one.register(), await other.register())
    expect(codes.slice(0, 6)).toEqual(Array(6).fill('2.01'))
    expect(codes.slice(6)).toEqual(['4.29', '4.29'])
    expect(world.adapter().registered()).toBe(1)
  })

  test('that rebooted is observed anew, and what was observed before is not asked for', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({})
    await device.register()
    await taken(1_000n)
    await device.register()
    await soon(() => expect(device.observedPaths()).toEqual(['/3421/0']))
    expect(await device.change({ '/3421/0/25': 1_010 })).toBe(true)
    expect(world.desk.taken.filter(({ measured }) => measured[0]?.value === 1_010n)).toHaveLength(1)
  })
})

test('after a restart of the gateway a device that updates is not known, registers anew and goes on', async () => {
  world = await lwm2mWorld([knownDevice(1)])
  const device = await world.device({})
  await device.register()
  await taken(1_000n)
  await world.restart()
  expect(await device.change({ '/3421/0/25': 1_010 })).toBe(false)
  expect(device.observedPaths()).toEqual([])
  expect(await device.update()).toBe('2.01')
  await taken(1_010n)
})

test('a device that is silent for three times as long as it may is observed anew', async () => {
  world = await lwm2mWorld([knownDevice(1)])
  const device = await world.device({ lifetime: 86_400 })
  await device.register()
  await taken(1_000n)
  world.pass(180_000)
  expect(world.desk.taken).toHaveLength(1)
  world.pass(1_000)
  await soon(() => expect(world.desk.taken).toHaveLength(2))
})

test('a device that cannot be reached is asked again after a while', async () => {
  world = await lwm2mWorld([knownDevice(1)])
  const device = await world.device({ lifetime: 86_400 })
  await device.register()
  device.sleep()
  // Answered once the attempt was in vain.
  const command = commandOf({ kind: 'switch', isOn: true }, { expiresAt: 2 ** 40 })
  expect(await world.adapter().send(knownDevice(1), command)).toBeNull()
  device.wake()
  world.pass(9_000)
  await new Promise(setImmediate)
  expect(device.asked).toEqual([])
  world.pass(1_000)
  await taken(1_000n)
})
