import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import type { CoapPeer, CoapRequest, CoapResponse } from './endpoint.ts'
import { bareResponse, requestMessage, responseMessage } from './meaning.ts'
import { formatDatagram, parseDatagram, type Datagram } from './message.ts'
import { openUdpEndpoint, type UdpEndpoint } from './udp-endpoint.ts'

const GET: CoapRequest = {
  method: 'GET',
  path: ['3', '0'],
  query: [],
  contentFormat: null,
  accept: null,
  observe: null,
  payload: new Uint8Array(),
}
const content = (payload: Uint8Array, observe: number | null = null): CoapResponse => ({
  ...bareResponse('2.05'),
  payload,
  observe,
})

const opened: { close: () => unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(
  onRequest: (request: CoapRequest) => Promise<CoapResponse>,
  ackTimeoutMs = 50,
): Promise<UdpEndpoint> {
  const endpoint = await openUdpEndpoint({
    host: '127.0.0.1',
    port: 0,
    onRequest: (_, request) => onRequest(request),
    onDefect: (error) => expect.unreachable(String(error)),
    transmission: { ackTimeoutMs, maxRetransmit: 2 },
  })
  opened.push(endpoint)
  return endpoint
}

type Device = { readonly socket: Socket; readonly address: string; next: () => Promise<Datagram> }

async function device(): Promise<Device> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const arrived: Datagram[] = []
  const wanted: ((datagram: Datagram) => void)[] = []
  socket.on('message', (bytes) => {
    const datagram = parseDatagram(bytes)
    const want = wanted.shift()
    if (want === undefined) arrived.push(datagram)
    else want(datagram)
  })
  opened.push({ close: () => socket.close() })
  return {
    socket,
    address: `127.0.0.1:${socket.address().port}`,
    next: async () => arrived.shift() ?? new Promise((resolve) => wanted.push(resolve)),
  }
}

test('two endpoints carry bodies in blocks both ways', async () => {
  const server = await open(async ({ payload }) => content(Buffer.from(payload).reverse()))
  const client = await open(async () => bareResponse('4.04'))
  const payload = Buffer.alloc(5_000, 'abcdefg')
  const answer = await client.peerAt(`127.0.0.1:${server.port}`).request({ ...GET, method: 'POST', payload })
  expect(Buffer.from(answer.payload).equals(Buffer.from(payload).reverse())).toBe(true)
})

test('a request that comes twice is worked on once and answered twice alike', async () => {
  let count = 0
  const server = await open(async () => content(Buffer.from([++count])))
  const { socket, next } = await device()
  const request = formatDatagram({ type: 0, messageId: 7, message: requestMessage(GET, Buffer.from('t')) })
  socket.send(request, server.port, '127.0.0.1')
  const first = await next()
  socket.send(request, server.port, '127.0.0.1')
  expect(await next()).toEqual(first)
  expect(first).toMatchObject({ type: 2, messageId: 7 })
  expect(count).toBe(1)
})

test('a device that acknowledges nothing is asked again with the same message, and is unreachable then', async () => {
  const server = await open(async () => bareResponse('4.04'), 5)
  const { address, next } = await device()
  await expect(server.peerAt(address).request(GET)).rejects.toMatchObject({ code: 'device-unreachable' })
  const sent = [await next(), await next(), await next()]
  expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(1)
})

test('an answer may come separately, after an empty acknowledgement', async () => {
  const server = await open(async () => bareResponse('4.04'))
  const { socket, address, next } = await device()
  const answer = server.peerAt(address).request(GET)
  const { messageId, message } = await next()
  socket.send(Buffer.from([0x60, 0, messageId >> 8, messageId & 255]), server.port, '127.0.0.1')
  const separate = responseMessage(content(Buffer.from('22')), message.token)
  socket.send(formatDatagram({ type: 0, messageId: 9, message: separate }), server.port, '127.0.0.1')
  expect(Buffer.from((await answer).payload).toString()).toBe('22')
  expect(await next()).toMatchObject({ type: 2, messageId: 9, message: { code: 0 } })
})

test('a notification is acknowledged once it is taken, passed on in order alone, and reset after the cancel', async () => {
  const server = await open(async () => bareResponse('4.04'), 1_000)
  const { socket, address, next } = await device()
  const taken: string[] = []
  let refusals = 1
  const observing = server.peerAt(address).observe(GET, async ({ payload }) => {
    if (refusals-- > 0) throw new Error('not now')
    taken.push(Buffer.from(payload).toString())
  })
  const asked = await next()
  const { token } = asked.message
  const send = (type: 0 | 2, messageId: number, observe: number | null, text: string): void => {
    const message = responseMessage(content(Buffer.from(text), observe), token)
    socket.send(formatDatagram({ type, messageId, message }), server.port, '127.0.0.1')
  }
  send(2, asked.messageId, 5, 'first')
  const { first, cancel } = await observing
  expect(first.observe).toBe(5)

  send(0, 100, 7, 'seven')
  send(0, 100, 7, 'seven')
  send(0, 101, 6, 'stale')
  const acknowledged = [(await next()).messageId, (await next()).messageId]
  expect(acknowledged.sort()).toEqual([100, 101])
  expect(taken).toEqual(['seven'])

  const cancelled = cancel()
  const bye = await next()
  send(2, bye.messageId, null, '')
  await cancelled
  send(0, 102, 8, 'late')
  expect(await next()).toMatchObject({ type: 3, messageId: 102 })
})

test('a peer is asked though others took its place since', async () => {
  let known: CoapPeer | null = null
  const server = await openUdpEndpoint({
    host: '127.0.0.1',
    port: 0,
    maxPeers: 1,
    onRequest: async (peer) => {
      known ??= peer
      return bareResponse('2.04')
    },
    onDefect: (error) => expect.unreachable(String(error)),
  })
  opened.push(server)
  const [first, second] = [await device(), await device()]
  for (const { socket, next } of [first, second]) {
    socket.send(formatDatagram({ type: 0, messageId: 1, message: requestMessage(GET, Buffer.from('t')) }), server.port)
    await next()
  }
  const answer = known!.request(GET)
  const { messageId, message } = await first.next()
  const response = responseMessage(content(Buffer.from('22')), message.token)
  first.socket.send(formatDatagram({ type: 2, messageId, message: response }), server.port)
  expect(Buffer.from((await answer).payload).toString()).toBe('22')
})

test('what is larger than 4096 bytes is ignored, and what follows it is served', async () => {
  let served = 0
  const server = await open(async ({ payload }) => ((served += payload.length), bareResponse('2.04')))
  const { socket, next } = await device()
  const post = (messageId: number, bytes: number): Buffer =>
    formatDatagram({
      type: 0,
      messageId,
      message: requestMessage({ ...GET, payload: Buffer.alloc(bytes) }, Buffer.from('t')),
    })
  const head = post(1, 1).length - 1
  socket.send(post(1, 4_097 - head), server.port, '127.0.0.1')
  socket.send(post(2, 4_096 - head), server.port, '127.0.0.1')
  expect(await next()).toMatchObject({ type: 2, messageId: 2 })
  expect(served).toBe(4_096 - head)
})

test.each(['224.0.1.187', 'ff02::fd', '255.255.255.255', '::ffff:224.0.1.187'])(
  'nobody is asked at %s',
  async (host) => {
    const server = await open(async () => bareResponse('2.04'))
    expect(() => server.peerAt(`${host}:5683`)).toThrow(expect.objectContaining({ code: 'coap-multicast' }))
    const options = { host, port: 0, onRequest: async () => bareResponse('2.04'), onDefect: () => undefined }
    await expect(openUdpEndpoint(options)).rejects.toMatchObject({ code: 'coap-multicast' })
  },
)
