import { describe, expect, test } from 'vitest'
import { createDevice, createWorld } from './device-world.ts'
import { CONTENT } from './wire.ts'

const A = '192.0.2.1:5684'

describe('a session', () => {
  test('takes each record once, in any order within 64', () => {
    const { server, connect, log } = createWorld()
    const device = createDevice()
    connect(device, A)
    const records = Array.from({ length: 70 }, (_, number) => device.seal(String(number)))
    for (const number of [69, 6, 5, 69, 6]) server.receive(A, records[number]!)
    expect(log.slice(1)).toEqual([`meter-1@${A} got 69`, `meter-1@${A} got 6`])
  })

  test('ignores forged and unprotected records', () => {
    const { server, connect, log, sentTo } = createWorld()
    const device = createDevice()
    connect(device, A)
    const record = device.seal('x')
    for (const index of [0, 2, 12, 13, 25, record.length - 1]) {
      const forged = Buffer.from(record)
      forged[index]! ^= 1
      server.receive(A, forged)
    }
    server.receive(A, Buffer.from('17fefd0000000000000009000141', 'hex'))
    server.receive(A, Buffer.from('15fefd00000000000000090002' + '0100', 'hex'))
    expect(log).toEqual([`meter-1@${A} began`])
    expect(sentTo(A)).toEqual([])
    server.receive(A, record)
    expect(log.at(-1)).toBe(`meter-1@${A} got x`)
  })

  test('is over with close_notify, which is answered, or with a fatal alert', () => {
    for (const [alert, answers] of [
      ['\x01\x00', ['1:1,0']],
      ['\x02\x50', []],
    ] as const) {
      const { server, connect, sentTo, log } = createWorld()
      const device = createDevice()
      connect(device, A)
      server.receive(A, device.seal(alert, CONTENT.alert))
      for (const datagram of sentTo(A)) device.take(datagram)
      expect(device.alerts).toEqual(answers)
      expect(log.at(-1)).toBe(`meter-1@${A} closed`)
      server.receive(A, device.seal('late'))
      expect(server.counts().sessions).toBe(0)
      expect(log).toHaveLength(2)
    }
  })

  test('is not renegotiated', () => {
    const { server, connect, sentTo } = createWorld()
    const device = createDevice()
    connect(device, A)
    server.receive(A, device.seal('\x01\0\0\0\0\x09\0\0\0\0\0\0', CONTENT.handshake))
    for (const datagram of sentTo(A)) device.take(datagram)
    expect(device.alerts).toEqual(['1:1,100'])
    expect(server.counts().sessions).toBe(1)
  })

  test('lives on while another begins at its address, until that one has proven its key', () => {
    const { server, connect, meet, sentTo, log } = createWorld()
    const before = createDevice()
    connect(before, A)
    const after = createDevice({ seed: 2, identity: 'meter-2' })
    meet(after, A)
    server.receive(A, before.seal('still here'))
    sentTo(A)
    server.receive(A, Buffer.concat(after.proof()))
    for (const datagram of sentTo(A)) after.take(datagram)
    expect(after.isEstablished()).toBe(true)
    server.receive(A, before.seal('too late'))
    server.receive(A, after.seal('new'))
    expect(log).toEqual([
      `meter-1@${A} began`,
      `meter-1@${A} got still here`,
      `meter-2@${A} began`,
      `meter-1@${A} closed`,
      `meter-2@${A} got new`,
    ])
  })

  test('survives whoever begins another at its address without a key', () => {
    const { server, connect, meet, log, pass, sentTo } = createWorld()
    const device = createDevice()
    connect(device, A)
    const stranger = createDevice({ seed: 2, psk: Buffer.alloc(16) })
    meet(stranger, A)
    server.receive(A, Buffer.concat(stranger.proof()))
    sentTo(A)
    pass(60_000)
    server.receive(A, device.seal('still here'))
    expect(log).toEqual([`meter-1@${A} began`, `meter-1@${A} got still here`])
  })

  test('does not begin anew with a late copy of its hello', () => {
    const { server, meet, sentTo } = createWorld()
    const device = createDevice()
    meet(device, A)
    const copy = device.hello()
    server.receive(A, Buffer.concat(device.proof()))
    sentTo(A)
    server.receive(A, copy)
    expect(sentTo(A)).toEqual([])
    expect(server.counts()).toEqual({ sessions: 1, handshakes: 0 })
  })

  test('ends with the server, which says so', () => {
    const { server, connect, sentTo, log } = createWorld()
    const device = createDevice()
    connect(device, A)
    server.close()
    for (const datagram of sentTo(A)) device.take(datagram)
    expect(device.alerts).toEqual(['1:1,0'])
    expect(log.at(-1)).toBe(`meter-1@${A} closed`)
  })
})
