import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CoapRequest, CoapResponse } from '../../services/gateway/adapters/coap/endpoint.ts'
import { bareResponse, requestMessage } from '../../services/gateway/adapters/coap/meaning.ts'
import { formatDatagram } from '../../services/gateway/adapters/coap/message.ts'
import { CONTENT_FORMAT } from '../../services/gateway/adapters/lwm2m/content/content-format.ts'
import { commandOf, knownDevice, lastTaken, lwm2mWorld, type Lwm2mWorld } from './lwm2m-world.ts'

let world: Lwm2mWorld
afterEach(async () => {
  await world.close()
  expect(world.desk.defects).toEqual([])
})

const soon = <T>(assertion: () => T) => vi.waitFor(assertion, { timeout: 10_000, interval: 10 })
const content = (contentFormat: number | null, payload: Buffer): CoapResponse => ({
  ...bareResponse('2.05'),
  contentFormat,
  payload,
})
const answering = (path: string, response: CoapResponse) => (request: CoapRequest) =>
  request.method === 'GET' && `/${request.path.join('/')}` === path ? response : null

describe('a device that answers', () => {
  test.each([
    ['junk', content(CONTENT_FORMAT.senmlCbor, Buffer.from('junk')), 'lwm2m-malformed'],
    ['in a format that nobody reads', content(60_000, Buffer.from('junk')), 'lwm2m-format-unknown'],
    ['of a meter', content(CONTENT_FORMAT.senmlJson, Buffer.from('[{"n":"/3421/0/25","v":1}]')), 'lwm2m-malformed'],
  ])('%s when it is asked what it is, is heard as a meter all the same', async (_, response, code) => {
    world = await lwm2mWorld([knownDevice(1)])
    const device = await world.device({ onRequest: answering('/3/0', response) })
    await device.register()
    await soon(() => expect(lastTaken(world.desk)['import-register']).toBe(1_000n))
    expect(world.desk.refusals).toMatchObject([{ topic: 'lwm2m/urn:dev:os:1/3/0', code, payload: response.payload }])
  })

  test('every request with an error has that kept, and is asked again after ten minutes', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    let isBroken = true
    const device = await world.device({
      lifetime: 86_400,
      onRequest: () => (isBroken ? bareResponse('5.00') : null),
    })
    await device.register()
    await soon(() =>
      expect(world.desk.refusals).toMatchObject([{ topic: 'lwm2m/urn:dev:os:1/3421/0', code: 'device-refused' }]),
    )
    expect(await device.update()).toBe('2.04')
    expect(world.desk.taken).toEqual([])
    isBroken = false
    world.pass(600_000)
    await soon(() => expect(lastTaken(world.desk)['import-register']).toBe(1_000n))
  })

  test('but does not observe is asked again as often as it should have notified', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const meter = Buffer.from('[{"bn":"/3421/0/","n":"25","v":5}]')
    const device = await world.device({
      lifetime: 86_400,
      onRequest: answering('/3421/0', content(CONTENT_FORMAT.senmlJson, meter)),
    })
    await device.register()
    await soon(() => expect(world.desk.taken).toHaveLength(1))
    world.pass(59_000)
    await new Promise(setImmediate)
    expect(world.desk.taken).toHaveLength(1)
    world.pass(1_000)
    await soon(() => expect(world.desk.taken).toHaveLength(2))
  })

  test('a discovery with thousands of instances is refused as ambiguous', async () => {
    world = await lwm2mWorld([knownDevice(1)])
    const links = Array.from({ length: 60 }, (_, at) => `</3421/${at}>`).join(',')
    const response = content(CONTENT_FORMAT.links, Buffer.from(links))
    const device = await world.device({ links: '</3421>', onRequest: answering('/3421', response) })
    await device.register()
    await soon(() => expect(world.desk.refusals).toMatchObject([{ code: 'lwm2m-ambiguous' }]))
  })

  test('a write with words has them shown in the refusal, where they can be printed', async () => {
    const kind = 'heat-pump'
    const said = ['no power', '\u0007\n']
    world = await lwm2mWorld([knownDevice(1, { kind })])
    const device = await world.device({
      values: { '/3306/0/5850': true },
      onRequest: ({ method }) =>
        method === 'PUT' ? { ...bareResponse('4.00'), payload: Buffer.from(said.shift() ?? '') } : null,
    })
    said.unshift('no attributes')
    await device.register()
    await soon(() => expect(world.desk.taken).toHaveLength(1))
    const send = (id: string) =>
      world.adapter().send(knownDevice(1, { kind }), commandOf({ kind: 'switch', isOn: false }, { id }))
    expect(await send('one')).toEqual({ status: 'refused', reason: 'the device answered 4.00: no power' })
    expect(await send('two')).toEqual({ status: 'refused', reason: 'the device answered 4.00' })
  })
})

test('a flood of junk and of registrations from many ports registers nobody, and a meter is heard all the while', async () => {
  world = await lwm2mWorld([knownDevice(1)])
  const device = await world.device({})
  await device.register()
  await soon(() => expect(lastTaken(world.desk)['import-register']).toBe(1_000n))
  const sockets = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const socket = createSocket('udp4')
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      return socket
    }),
  )
  const registration = (endpoint: string) =>
    formatDatagram({
      type: 0,
      messageId: randomBytes(2).readUInt16BE(),
      message: requestMessage(
        {
          method: 'POST',
          path: ['rd'],
          query: ['lwm2m=1.1', `ep=${endpoint}`],
          contentFormat: 40,
          accept: null,
          observe: null,
          payload: Buffer.from('</3421/0>'),
        },
        randomBytes(4),
      ),
    })
  for (let round = 1; round <= 10; round += 1) {
    for (const socket of sockets) {
      for (const bytes of [randomBytes(200), registration(`nobody-${round}`), registration('\u0000')]) {
        socket.send(bytes, world.port(), '127.0.0.1')
      }
    }
    expect(await device.change({ '/3421/0/25': 1_000 + round })).toBe(true)
  }
  expect(lastTaken(world.desk)['import-register']).toBe(1_010n)
  expect(world.adapter().registered()).toBe(1)
  const codes = new Set(world.desk.refusals.map(({ code }) => code))
  expect([...codes].toSorted()).toEqual(['device-unknown', 'lwm2m-bad-request'])
  for (const socket of sockets) socket.close()
})
