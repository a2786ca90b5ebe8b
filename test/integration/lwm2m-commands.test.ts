import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CommandAction } from '../../services/domain/devices/command.ts'
import { CONTENT_FORMAT } from '../../services/gateway/adapters/lwm2m/content/content-format.ts'
import { commandOf, DEVICE_VALUES, knownDevice, LEDGER_MS, lwm2mWorld, type Lwm2mWorld } from './lwm2m-world.ts'

let world: Lwm2mWorld
afterEach(async () => {
  await world.close()
  expect(world.desk.defects).toEqual([])
})

const soon = <T>(assertion: () => T) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 })
const BATTERY = knownDevice(1, { kind: 'battery', ratedPowerW: 3_000 })
const SET_POINT: CommandAction = { kind: 'set-point', powerW: -1_500 }
const VALUES = {
  ...DEVICE_VALUES,
  '/3308/0/5900': 0,
  '/3308/0/5701': 'kW',
  '/3312/0/5850': true,
  '/3310/0/5823': '',
  '/3310/0/5824': 0n,
  '/3310/0/5825': 0n,
  '/3310/0/5827': 0n,
}

/** A battery that is registered and met. */
async function battery({ values = VALUES, ...options }: Parameters<Lwm2mWorld['device']>[0] = {}) {
  world = await lwm2mWorld([BATTERY])
  const device = await world.device({ values, lifetime: 86_400, ...options })
  await device.register()
  const observed = ['/3312/0', '/3308/0'].filter((instance) =>
    Object.keys(values).some((path) => path.startsWith(instance)),
  )
  await soon(() => expect(device.observedPaths()).toEqual(observed))
  return device
}
const send = (...command: Parameters<typeof commandOf>) => world.adapter().send(BATTERY, commandOf(...command))
const writesTo = (device: { asked: readonly string[] }, path: string) =>
  device.asked.filter((line) => line === `PUT ${path}` || line === `POST ${path}`)

describe('a command', () => {
  test.each([
    ['1.1', CONTENT_FORMAT.senmlCbor],
    ['1.1', CONTENT_FORMAT.senmlJson],
    ['1.0', CONTENT_FORMAT.tlv],
    ['1.0', CONTENT_FORMAT.json],
    ['1.2', CONTENT_FORMAT.lwm2mCbor],
  ])('is written to a device of %s in content format %i, in the unit of its set-point', async (version, format) => {
    const device = await battery({ version, formats: [format] })
    expect(await send(SET_POINT)).toEqual({ status: 'done' })
    expect(device.valueOf('/3308/0/5900')).toBe(-1.5)
    expect(await send({ kind: 'switch', isOn: false }, { id: 'another' })).toEqual({ status: 'done' })
    expect(device.valueOf('/3312/0/5850')).toBe(false)
    expect(device.asked.at(-1)).toBe('PUT /3312/0/5850')
    expect(device.asked.filter((line) => line.startsWith('PUT /3312/0 '))).toHaveLength(1)
  })

  test('may be an event of load control, of which the rest stays as it is', async () => {
    const values = Object.fromEntries(Object.entries(VALUES).filter(([path]) => !path.startsWith('/3308/')))
    const device = await battery({ values: { ...values, '/3310/0/5828': 7n } })
    expect(await send({ kind: 'set-point', powerW: 1_500 })).toEqual({ status: 'done' })
    expect(device.valueOf('/3310/0/5827')).toBe(50n)
    expect(device.valueOf('/3310/0/5824')).toBe(BigInt(LEDGER_MS / 1_000))
    expect(device.valueOf('/3310/0/5828')).toBe(7n)
    expect(writesTo(device, '/3310/0')).toEqual(['POST /3310/0'])
  })

  test('that the device refuses is answered so, with its code', async () => {
    await battery({ onWrite: () => '4.05' })
    expect(await send(SET_POINT)).toEqual({ status: 'refused', reason: 'the device answered 4.05' })
  })

  test('that comes again is answered alike and not written again', async () => {
    const device = await battery()
    const both = [send(SET_POINT), send(SET_POINT)]
    expect(await Promise.all(both)).toEqual([{ status: 'done' }, { status: 'done' }])
    expect(await send(SET_POINT)).toEqual({ status: 'done' })
    expect(writesTo(device, '/3308/0/5900')).toHaveLength(1)
  })

  test('for which the device has no object is rejected', async () => {
    await battery()
    await expect(
      send({ kind: 'charge-limit', mostChargeW: 1, mostDischargeW: 1, leastStateOfCharge: 0, mostStateOfCharge: 1 }),
    ).rejects.toMatchObject({ code: 'command-unsupported' })
  })

  test('to a device that does not answer, or is not registered, is answered by nothing, and may be sent again', async () => {
    const device = await battery()
    device.sleep()
    expect(await send(SET_POINT)).toBeNull()
    device.wake()
    expect(await send(SET_POINT)).toEqual({ status: 'done' })
    await device.deregister()
    expect(await send(SET_POINT, { id: 'another' })).toBeNull()
  })

  test('that has expired is not sent', async () => {
    const device = await battery()
    expect(await send(SET_POINT, { expiresAt: LEDGER_MS / 1_000 })).toBeNull()
    expect(writesTo(device, '/3308/0/5900')).toEqual([])
  })

  test('that comes before the device was met waits until it is known what the device has', async () => {
    world = await lwm2mWorld([BATTERY])
    const device = await world.device({ values: VALUES })
    await device.register()
    expect(await send(SET_POINT)).toEqual({ status: 'done' })
    expect(device.valueOf('/3308/0/5900')).toBe(-1.5)
  })
})

describe('a sleepy device', () => {
  const sleepy = async (binding = 'UQ') => {
    const device = await battery({ binding })
    device.sleep()
    world.pass(60_000)
    return device
  }

  test('is told on its next update', async () => {
    const device = await sleepy()
    const answer = send(SET_POINT)
    world.pass(60_000)
    expect(device.valueOf('/3308/0/5900')).toBe(0)
    device.wake()
    expect(await device.update()).toBe('2.04')
    expect(await answer).toEqual({ status: 'done' })
    expect(device.valueOf('/3308/0/5900')).toBe(-1.5)
  })

  test('is told once it notifies', async () => {
    const device = await sleepy('Q')
    const answer = send(SET_POINT)
    device.wake()
    expect(await device.change({ '/3312/0/5850': false })).toBe(true)
    expect(await answer).toEqual({ status: 'done' })
  })

  test('is told once it has registered anew', async () => {
    const device = await sleepy()
    const answer = send(SET_POINT)
    device.wake()
    expect(await device.register()).toBe('2.01')
    expect(await answer).toEqual({ status: 'done' })
  })

  test('that fell asleep too early is told when it wakes', async () => {
    const device = await battery({ binding: 'UQ' })
    device.sleep()
    const answer = send(SET_POINT)
    const another = send({ kind: 'switch', isOn: false }, { id: 'another', expiresAt: LEDGER_MS / 1_000 + 1_200 })
    // Nothing acknowledges it within 1.1 s.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    device.wake()
    expect(await device.update()).toBe('2.04')
    expect(await Promise.all([answer, another])).toEqual([{ status: 'done' }, { status: 'done' }])
  })

  test('is not told what expires meanwhile', async () => {
    const device = await sleepy()
    const answer = send(SET_POINT, { expiresAt: LEDGER_MS / 1_000 + 120 })
    world.pass(59_000)
    world.pass(1_000)
    expect(await answer).toBeNull()
    device.wake()
    await device.update()
    expect(await send({ kind: 'switch', isOn: false }, { id: 'another' })).toEqual({ status: 'done' })
    expect(writesTo(device, '/3308/0/5900')).toEqual([])
  })

  test('has so many commands held and no more, none of which outlives the gateway', async () => {
    await sleepy()
    const answers = Array.from({ length: 17 }, (_, at) => send(SET_POINT, { id: `command-${at}` }))
    expect(await answers[16]).toBeNull()
    await world.restart()
    expect(await Promise.all(answers)).toEqual(Array(17).fill(null))
  })

  test('is not asked for what it measures while it sleeps, and then is', async () => {
    const device = await sleepy()
    world.pass(3_000_000)
    await new Promise(setImmediate)
    expect(device.asked).toContain('PUT /3312/0 pmin=5 pmax=900')
    const asked = device.asked.length
    device.wake()
    await device.update()
    await soon(() => expect(device.asked.slice(asked)).toContain('GET /3312/0'))
  })
})
