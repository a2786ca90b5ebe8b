import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { bareResponse, requestMessage } from './meaning.ts'
import { uintOption } from './message.ts'
import { SIGNAL, signalMessage } from './stream-channel.ts'
import { closeAll, connect, GET, introduced, open, opened } from './tls-world.ts'

afterEach(closeAll)

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
    const { port } = await open({ limits: { handshakeMs: 1_500 } })
    const { next } = await connect(port)
    expect((await next())?.code).toBe(SIGNAL.csm)
    expect(await next()).toBeNull()
  })

  test('the oldest connection of an identity makes room for its next, and the one idle for longest for another', async () => {
    const { port } = await open({ limits: { maxPerIdentity: 2, maxSessions: 3 } })
    const other = await introduced(port, 'meter-2')
    const first = await introduced(port)
    const second = await introduced(port)
    const third = await introduced(port)
    expect((await first.next())?.code).toBe(SIGNAL.release)
    await introduced(port, 'meter-3')
    expect((await other.next())?.code).toBe(SIGNAL.release)
    for (const { send, next } of [second, third]) {
      send(signalMessage(SIGNAL.ping))
      expect((await next())?.code).toBe(SIGNAL.pong)
    }
  })

  test('a connection over which nothing comes is released', async () => {
    const { port } = await open({ limits: { idleMs: 100 } })
    const { next } = await introduced(port)
    expect((await next())?.code).toBe(SIGNAL.release)
    expect(await next()).toBeNull()
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
