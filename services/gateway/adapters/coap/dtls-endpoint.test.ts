import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { openDtlsEndpoint } from './dtls-endpoint.ts'
import { createDevice, PSK, type Device } from './dtls/device-world.ts'
import type { CoapEndpoint, CoapPeer, CoapRequest } from './endpoint.ts'
import { bareResponse, requestMessage, responseMessage } from './meaning.ts'
import { formatDatagram, parseDatagram, type Datagram } from './message.ts'

const GET: CoapRequest = {
  method: 'GET',
  path: ['3', '0'],
  query: [],
  contentFormat: null,
  accept: null,
  observe: null,
  payload: new Uint8Array(),
}

const opened: { close: () => unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(peers: CoapPeer[]): Promise<CoapEndpoint> {
  const endpoint = await openDtlsEndpoint({
    host: '127.0.0.1',
    port: 0,
    pskOf: (identity) => (identity === 'meter-1' ? PSK : null),
    onRequest: async (peer, { path }) => {
      peers.push(peer)
      return { ...bareResponse('2.05'), payload: Buffer.from(`${peer.identity} asked for /${path.join('/')}`) }
    },
    onDefect: (error) => expect.unreachable(String(error)),
  })
  opened.push(endpoint)
  return endpoint
}

type Connected = {
  readonly device: Device
  readonly send: (datagram: Datagram) => void
  readonly next: () => Promise<Datagram>
}

async function connect(port: number): Promise<Connected> {
  const socket = createSocket('udp4')
  opened.push({ close: () => socket.close() })
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const device = createDevice()
  const receive = async (): Promise<void> => {
    const [datagram] = (await once(socket, 'message')) as [Buffer]
    device.take(datagram)
  }
  for (const datagrams of [() => [device.hello()], () => [device.hello()], device.proof]) {
    socket.send(Buffer.concat(datagrams()))
    await receive()
  }
  expect(device.isEstablished()).toBe(true)
  return {
    device,
    send: (datagram) => socket.send(device.seal(formatDatagram(datagram).toString('latin1'))),
    next: async () => {
      await receive()
      return parseDatagram(Buffer.from(device.received.pop()!, 'latin1'))
    },
  }
}

test('a device asks under the identity of its key, and is asked over the same session', async () => {
  const peers: CoapPeer[] = []
  const { port } = await open(peers)
  const { send, next } = await connect(port)
  send({ type: 0, messageId: 1, message: requestMessage(GET, Buffer.from('t')) })
  const answer = await next()
  expect(answer).toMatchObject({ type: 2, messageId: 1 })
  expect(answer.message.payload.toString()).toBe('meter-1 asked for /3/0')
  expect(peers[0]).toMatchObject({ transport: 'dtls', identity: 'meter-1' })

  const asked = peers[0]!.request(GET)
  const { messageId, message } = await next()
  const value = responseMessage({ ...bareResponse('2.05'), payload: Buffer.from('42') }, message.token)
  send({ type: 2, messageId, message: value })
  expect(Buffer.from((await asked).payload).toString()).toBe('42')
})

test('what is asked when the endpoint closes is answered with a refusal, and the device is told', async () => {
  const peers: CoapPeer[] = []
  const endpoint = await open(peers)
  const { device, send, next } = await connect(endpoint.port)
  send({ type: 0, messageId: 1, message: requestMessage(GET, Buffer.from('t')) })
  await next()
  const refused = expect(peers[0]!.request(GET)).rejects.toMatchObject({ code: 'device-unreachable' })
  await next()
  opened.splice(opened.indexOf(endpoint), 1)
  const told = next().catch(() => undefined)
  await endpoint.close()
  await Promise.all([refused, told])
  expect(device.alerts).toEqual(['1:1,0'])
})
