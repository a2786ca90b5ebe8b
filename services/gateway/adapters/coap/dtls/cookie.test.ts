import { describe, expect, test } from 'vitest'
import { createDevice, createWorld } from './device-world.ts'
import { parseRecords } from './record.ts'
import { CONTENT } from './wire.ts'

const A = '192.0.2.1:5684'
const B = '192.0.2.2:5684'

describe('a cookie', () => {
  test('is asked for without a memory, under the number of the record, and with fewer bytes than came', () => {
    const { server, sentTo } = createWorld()
    const hello = createDevice({ extensions: [] }).hello()
    for (let number = 0; number < 10_000; number += 1) server.receive(`10.0.${number >> 8}.${number & 255}:1`, hello)
    expect(server.counts()).toEqual({ sessions: 0, handshakes: 0 })
    hello.writeUIntBE(77, 5, 6)
    server.receive(A, hello)
    const [request] = sentTo(A)
    expect(parseRecords(request!)).toMatchObject([{ type: CONTENT.handshake, epoch: 0, sequence: 77 }])
    expect(request!.length).toBeLessThan(hello.length)
  })

  test('counts at no other address, and not for another hello', () => {
    const { server, sentTo } = createWorld()
    const device = createDevice()
    server.receive(A, device.hello())
    for (const datagram of sentTo(A)) device.take(datagram)
    const hello = device.hello()
    server.receive(B, hello)
    const changed = Buffer.from(hello)
    changed[13 + 12 + 2]! ^= 1
    server.receive(A, changed)
    expect(server.counts().handshakes).toBe(0)
    server.receive(A, hello)
    expect(server.counts().handshakes).toBe(1)
  })

  test('is good for one minute and no longer than two', () => {
    for (const [ms, handshakes] of [
      [60_000, 1],
      [120_001, 0],
    ] as const) {
      const { server, sentTo, pass } = createWorld()
      const device = createDevice()
      server.receive(A, device.hello())
      for (const datagram of sentTo(A)) device.take(datagram)
      pass(ms)
      server.receive(A, device.hello())
      expect(server.counts().handshakes).toBe(handshakes)
    }
  })
})
