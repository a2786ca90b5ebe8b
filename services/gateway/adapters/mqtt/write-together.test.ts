import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { writeTogether } from './write-together.ts'

const CONNACK = Buffer.from([0x20, 2, 0, 0])
/** A message "x" under the topic "t", with quality of service 1. */
const publish = (messageId: number) => Buffer.from([0x32, 6, 0, 1, 0x74, 0, messageId, 0x78])
const puback = (messageId: number) => Buffer.from([0x40, 2, 0, messageId])

describe('what a client sends', () => {
  let server: Server
  const listen = async (onConnection: (socket: Socket) => void): Promise<string> => {
    server = createServer(onConnection).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  afterEach(() => void server.close())

  test('in one turn of the event loop is written as one: acknowledgements and answers', async () => {
    const ids = Array.from({ length: 100 }, (_, position) => position + 1)
    const heard: Buffer[] = []
    const url = await listen((socket) => {
      socket.once('data', () => {
        socket.write(CONNACK)
        socket.on('data', (bytes) => heard.push(bytes))
      })
    })
    const connection = once(server, 'connection') as Promise<[Socket]>
    const client = await connectAsync(url)
    const [socket] = await connection
    client.on('message', () => client.publish('t', 'answer'))
    writeTogether(client)
    let writes = 0
    const stream = client.stream as Writable
    const writev = stream._writev!.bind(stream)
    stream._writev = (chunks, done) => {
      writes += 1
      writev(chunks, done)
    }

    socket.write(Buffer.concat(ids.map(publish)))
    const answer = Buffer.from('\x30\x09\0\x01tanswer')
    const expected = Buffer.concat(ids.flatMap((id) => [answer, puback(id)]))
    await vi.waitFor(() => expect(Buffer.concat(heard).toString('hex')).toBe(expected.toString('hex')))
    expect(writes).toBe(1)
    await client.endAsync(true)
  })

  test('is written to the connection that follows one that is lost', async () => {
    const broker = await Aedes.createBroker()
    const client = await connectAsync(await listen(broker.handle), { reconnectPeriod: 1 })
    writeTogether(client)
    const published = client.publishAsync('receipts', 'first', { qos: 1 })
    client.stream.destroy()
    await published
    await client.publishAsync('receipts', 'second', { qos: 1 })
    await client.endAsync()
    await new Promise<void>((resolve) => broker.close(() => resolve()))
  })
})
