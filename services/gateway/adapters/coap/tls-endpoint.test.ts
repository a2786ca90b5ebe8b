import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { isInstalled, runProgram } from './coap-clients.ts'
import type { CoapEndpoint, CoapPeer, CoapRequest, CoapResponse } from './endpoint.ts'
import { bareResponse, requestMessage, responseMessage } from './meaning.ts'
import { NOTHING, uintOption, type CoapMessage } from './message.ts'
import { SIGNAL, signalMessage } from './stream-channel.ts'
import { createFrameReader, formatFrame } from './stream-framing.ts'
import { openTlsEndpoint, type TlsEndpointOptions } from './tls-endpoint.ts'

const PSK = Buffer.from('secretPSK1234567')
const GET: CoapRequest = {
  method: 'GET',
  path: ['3', '0'],
  query: [],
  contentFormat: null,
  accept: null,
  observe: null,
  payload: new Uint8Array(),
}
const CSM = signalMessage(SIGNAL.csm, [uintOption(2, 8_192)])

const opened: { close: () => unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

type Serving = { readonly endpoint: CoapEndpoint; readonly port: number; readonly peers: CoapPeer[] }

async function open(options: Partial<TlsEndpointOptions> = {}): Promise<Serving> {
  const peers: CoapPeer[] = []
  const endpoint = await openTlsEndpoint({
    host: '127.0.0.1',
    port: 0,
    pskOf: (identity) => (identity.startsWith('meter-') ? PSK : null),
    onRequest: async (peer, { payload }) => {
      peers.push(peer)
      const body = payload.length > 0 ? Buffer.from(payload).reverse() : Buffer.from(`hello ${peer.identity}`)
      return { ...bareResponse('2.05'), payload: body }
    },
    onDefect: (error) => expect.unreachable(String(error)),
    ...options,
  })
  opened.push(endpoint)
  return { endpoint, port: endpoint.port, peers }
}

type Device = {
  readonly socket: TLSSocket
  readonly send: (...messages: CoapMessage[]) => void
  /** The next message; null once the connection is closed. */
  readonly next: () => Promise<CoapMessage | null>
}

async function connect(
  port: number,
  options: ConnectionOptions = {},
  identity = 'meter-1',
  psk = PSK,
): Promise<Device> {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    ciphers: 'PSK-AES128-CCM8:@SECLEVEL=0',
    maxVersion: 'TLSv1.2',
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk, identity }),
    ...options,
  })
  opened.push({ close: () => socket.destroy() })
  const reader = createFrameReader(100_000)
  const wakers: (() => void)[] = []
  const wake = (): void => wakers.splice(0).forEach((one) => one())
  socket.on('data', (bytes: Buffer) => (reader.push(bytes), wake()))
  socket.on('close', wake)
  await once(socket, 'secureConnect')
  socket.on('error', () => undefined)
  const next = async (): Promise<CoapMessage | null> => {
    for (;;) {
      const message = reader.next()
      if (message !== null || socket.closed) return message
      await new Promise<void>((resolve) => wakers.push(resolve))
    }
  }
  return { socket, send: (...messages) => void socket.write(Buffer.concat(messages.map(formatFrame))), next }
}

/** A device that has exchanged capabilities with the server. */
async function introduced(port: number, identity = 'meter-1'): Promise<Device> {
  const device = await connect(port, {}, identity)
  device.send(CSM)
  expect((await device.next())?.code).toBe(SIGNAL.csm)
  return device
}

const content = (text: string, observe: number | null = null): CoapResponse => ({
  ...bareResponse('2.05'),
  payload: Buffer.from(text),
  observe,
})

describe('a device over TLS', () => {
  test.each([
    'PSK-AES128-CCM8:@SECLEVEL=0',
    'PSK-AES128-GCM-SHA256',
    'ECDHE-PSK-AES128-CBC-SHA256',
    'ECDHE-PSK-CHACHA20-POLY1305',
  ])('is served under the identity of its key with %s', async (ciphers) => {
    const { port, peers } = await open()
    const { send, next, socket } = await connect(port, { ciphers })
    expect(socket.getCipher().standardName).toContain('PSK')
    send(CSM, requestMessage(GET, Buffer.from('t')))
    const csm = await next()
    expect(csm).toMatchObject({
      code: SIGNAL.csm,
      options: [{ number: 2, value: Buffer.from([0x40, 0]) }, { number: 4 }],
    })
    const answer = await next()
    expect([answer!.token.toString(), answer!.payload.toString()]).toEqual(['t', 'hello meter-1'])
    expect(peers[0]).toMatchObject({ transport: 'tls', identity: 'meter-1' })
  })

  test('is refused alike with a wrong key and as somebody unknown', async () => {
    const { port } = await open()
    for (const ciphers of ['PSK-AES128-CCM8:@SECLEVEL=0', 'PSK-AES128-GCM-SHA256', 'ECDHE-PSK-AES128-CBC-SHA256']) {
      const failures: unknown[] = []
      for (const [identity, psk] of [
        ['meter-1', Buffer.alloc(16)],
        ['nobody', PSK],
      ] as const) {
        await connect(port, { ciphers }, identity, psk).catch((error: NodeJS.ErrnoException) =>
          failures.push(error.code),
        )
      }
      expect(failures).toEqual(['ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC', 'ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC'])
    }
  })

  test('is not let in where its key cannot be looked up', async () => {
    const defects: unknown[] = []
    const { port } = await open({
      pskOf: () => {
        throw new Error('the store is away')
      },
      onDefect: (error) => void defects.push(error),
    })
    await expect(connect(port)).rejects.toThrow()
    expect(defects).toEqual([new Error('the store is away')])
  })

  test('says its key each time, since no session is resumed', async () => {
    const { port } = await open()
    const first = await introduced(port)
    const session = first.socket.getSession()
    first.socket.destroy()
    expect(session).toBeDefined()
    const again = await connect(port, { session: session! })
    expect(again.socket.isSessionReused()).toBe(false)
    again.send(CSM, requestMessage(GET, Buffer.from('t')))
    await again.next()
    expect((await again.next())!.payload.toString()).toBe('hello meter-1')
  })

  test('sends a large body at once, and is asked and observed over its connection', async () => {
    const { port, peers } = await open()
    const { send, next } = await introduced(port)
    const payload = Buffer.alloc(1_000, 'ab')
    send(requestMessage({ ...GET, method: 'POST', payload }, Buffer.from('t')))
    expect((await next())!.payload.equals(Buffer.from(payload).reverse())).toBe(true)

    const asked = peers[0]!.request(GET)
    send(responseMessage(content('42'), (await next())!.token))
    expect(Buffer.from((await asked).payload).toString()).toBe('42')

    const notified: string[] = []
    const observing = peers[0]!.observe(GET, async ({ payload: value }) => {
      notified.push(Buffer.from(value).toString())
    })
    const { token } = (await next())!
    // Over a stream the sequence says nothing, and may be zero (RFC 8323 section 7.1).
    send(responseMessage(content('a', 0), token))
    const { cancel } = await observing
    send(responseMessage(content('b', 0), token), responseMessage(content('c', 0), token))
    send(signalMessage(SIGNAL.ping, [], Buffer.from('p')))
    expect(await next()).toMatchObject({ code: SIGNAL.pong, token: Buffer.from('p') })
    expect(notified).toEqual(['b', 'c'])
    const cancelled = cancel()
    send(responseMessage(content('d'), (await next())!.token))
    await cancelled
  })
})

describe('signals', () => {
  test.each([
    ['a request before a CSM', [requestMessage(GET, Buffer.from('t'))], NOTHING],
    ['a critical option in a CSM', [signalMessage(SIGNAL.csm, [uintOption(9, 1)])], Buffer.from([9])],
    ['a signal that nobody knows', [CSM, signalMessage(0xe9)], NOTHING],
    ['a critical option in a ping', [CSM, signalMessage(SIGNAL.ping, [uintOption(9, 1)])], NOTHING],
    ['a code of a reserved class', [CSM, { ...CSM, code: 0x21, options: [] }], NOTHING],
    ['a message that is too long', [CSM, { ...CSM, code: 2, payload: Buffer.alloc(17_000) }], NOTHING],
  ])('abort the connection for %s', async (_, messages, badOption) => {
    const { port, peers } = await open()
    const { send, next } = await connect(port)
    send(...messages)
    await next()
    const abort = await next()
    expect(abort?.code).toBe(SIGNAL.abort)
    expect(abort?.payload.length).toBeGreaterThan(0)
    expect(abort?.options.map(({ value }) => value).find(() => true) ?? NOTHING).toEqual(badOption)
    expect(await next()).toBeNull()
    expect(peers).toEqual([])
  })

  test('end what is asked when the device releases or aborts the connection', async () => {
    for (const code of [SIGNAL.release, SIGNAL.abort]) {
      const { port, peers } = await open()
      const { send, next } = await introduced(port)
      send(requestMessage(GET, Buffer.from('t')))
      await next()
      const refused = expect(peers[0]!.request(GET)).rejects.toMatchObject({ code: 'device-unreachable' })
      await next()
      send(signalMessage(code))
      await refused
      expect(await next()).toBeNull()
    }
  })

  test('tell the device that a notification could not be taken', async () => {
    const { port, peers } = await open()
    const { send, next } = await introduced(port)
    send(requestMessage(GET, Buffer.from('t')))
    await next()
    const observing = peers[0]!.observe(GET, () => Promise.reject(new Error('not now')))
    const { token } = (await next())!
    send(responseMessage(content('a', 0), token))
    await observing
    send(responseMessage(content('b', 0), token))
    expect((await next())?.code).toBe(SIGNAL.abort)
  })

  test('release the devices when the endpoint closes, also one that does not go', async () => {
    const { endpoint, port } = await open()
    const { next } = await introduced(port)
    const stubborn = await introduced(port, 'meter-2')
    stubborn.socket.allowHalfOpen = true
    opened.splice(opened.indexOf(endpoint), 1)
    await endpoint.close()
    expect((await next())?.code).toBe(SIGNAL.release)
    expect(await next()).toBeNull()
  })
})

describe('limits', () => {
  test('a request that is larger than what the device takes is not sent', async () => {
    const { port, peers } = await open()
    const { send, next } = await connect(port)
    send(signalMessage(SIGNAL.csm, [uintOption(2, 100)]), requestMessage(GET, Buffer.from('t')))
    await next()
    await next()
    const write = { ...GET, method: 'PUT', payload: Buffer.alloc(200) } as const
    await expect(peers[0]!.request(write)).rejects.toMatchObject({ code: 'coap-too-large' })
  })

  test('no more than 32 requests are worked on, and the others wait in the connection', async () => {
    let open32: () => void
    const gate = new Promise<void>((resolve) => (open32 = resolve))
    let begun = 0
    const { port } = await open({
      onRequest: async () => {
        begun += 1
        await gate
        return bareResponse('2.04')
      },
    })
    const { send, next } = await introduced(port)
    const requests = Array.from({ length: 200 }, (_, number) => requestMessage(GET, Buffer.from([number])))
    send(...requests)
    await expect.poll(() => begun).toBe(32)
    send(signalMessage(SIGNAL.ping))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(begun).toBe(32)
    open32!()
    const codes: number[] = []
    for (let count = 0; count < 201; count += 1) codes.push((await next())!.code)
    expect(codes.filter((code) => code === 0x44)).toHaveLength(200)
    expect(begun).toBe(200)
  })

  test('a device that reads nothing is cut off', async () => {
    const { port } = await open()
    const { socket, send } = await introduced(port)
    socket.pause()
    const pings = Array.from({ length: 5_000 }, () => signalMessage(SIGNAL.ping, [], Buffer.from('12345678')))
    const closed = new Promise((resolve) => socket.on('close', resolve))
    const flood = setInterval(() => socket.writableLength < 1_000_000 && send(...pings), 1)
    await closed
    clearInterval(flood)
  })

  const loiter = (port: number, count: number): Promise<unknown>[] =>
    Array.from({ length: count }, () => {
      const socket = connectTcp(port, '127.0.0.1')
      opened.push({ close: () => socket.destroy() })
      socket.on('error', () => undefined)
      socket.resume()
      return new Promise((resolve) => socket.on('close', resolve))
    })

  test('handshakes that are not finished make room for others', async () => {
    const { port } = await open({ limits: { maxHandshakes: 5, handshakeMs: 120_000 } })
    const closings = loiter(port, 12)
    await Promise.all(closings.slice(0, 7))
    await introduced(port)
    await closings[7]
  })

  test('a handshake that is not finished ends in time', async () => {
    const { port } = await open({ limits: { handshakeMs: 300 } })
    await Promise.all(loiter(port, 3))
  })

  test('a connection without a CSM ends in time', async () => {
    const { port } = await open({ limits: { handshakeMs: 300 } })
    const { next } = await connect(port)
    expect((await next())?.code).toBe(SIGNAL.csm)
    expect(await next()).toBeNull()
  })

  test('the oldest connection of an identity, or of all, makes room, and an idle one ends', async () => {
    const { port } = await open({ limits: { maxPerIdentity: 2, maxSessions: 3, idleMs: 1_500 } })
    const other = await introduced(port, 'meter-2')
    const first = await introduced(port)
    const second = await introduced(port)
    await introduced(port)
    expect((await first.next())?.code).toBe(SIGNAL.release)
    await introduced(port, 'meter-3')
    expect((await other.next())?.code).toBe(SIGNAL.release)
    expect((await second.next())?.code).toBe(SIGNAL.release)
  })

  test('made-up bytes end their own connection alone', async () => {
    const { port } = await open()
    const { send, next } = await introduced(port)
    for (let run = 0; run < 20; run += 1) {
      const stranger = connectTcp(port, '127.0.0.1')
      stranger.on('error', () => undefined)
      stranger.end(Buffer.alloc(500, run * 7 + 22))
      stranger.resume()
      await once(stranger, 'close')
    }
    send(requestMessage(GET, Buffer.from('t')))
    expect((await next())!.payload.toString()).toBe('hello meter-1')
  })
})

describe.each(['coap-client-openssl', 'coap-client-gnutls'])('%s over TLS', (program) => {
  test('gets an answer, and sends a body', async ({ skip }) => {
    skip(!isInstalled(program), `${program} is not installed (Debian package libcoap3-bin)`)
    const { port } = await open()
    const args = ['-B', '5', '-u', 'meter-1', '-k', PSK.toString()]
    const uri = `coaps+tcp://127.0.0.1:${port}/x`
    expect((await runProgram(program, [...args, uri])).output).toContain('hello meter-1')
    const body = Array.from({ length: 900 }, (_, number) => String(number)).join('.')
    const { output } = await runProgram(program, [...args, '-m', 'post', '-e', body, uri])
    expect(output).toContain([...body].reverse().join(''))
  })
})

test('openssl s_client completes a handshake over TLS', async ({ skip }) => {
  skip(!isInstalled('openssl'), 'openssl is not installed')
  const { port } = await open()
  const key = ['-psk', PSK.toString('hex'), '-psk_identity', 'meter-1', '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0']
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', ...key]
  const { output } = await runProgram('openssl', args, { until: /Extended master secret: \w+\n/ })
  expect(output).toContain('New, TLSv1.2, Cipher is PSK-AES128-CCM8')
})
