import { describe, expect, test } from 'vitest'
import { createDevice, createWorld, PSK } from './device-world.ts'
import { parseRecords } from './record.ts'

const A = '192.0.2.1:5684'
const B = '192.0.2.2:5684'

describe('a handshake', () => {
  test('ends with a session under the identity, and both read one another', () => {
    const { server, connect, sentTo, log } = createWorld()
    const device = createDevice()
    connect(device, A)
    expect(device.isEstablished()).toBe(true)
    server.receive(A, device.seal('hello'))
    for (const datagram of sentTo(A)) device.take(datagram)
    expect(device.received).toEqual(['echo hello'])
    expect(log).toEqual([`meter-1@${A} began`, `meter-1@${A} got hello`])
  })

  test.each([
    ['without extensions', []],
    ['with an empty renegotiation_info', [[0xff01, Buffer.from([0])] as const]],
    ['with an extension that nobody knows', [[0xabcd, Buffer.from('?')] as const]],
  ])('succeeds %s', (_, extensions) => {
    const { connect } = createWorld()
    const device = createDevice({ extensions })
    connect(device, A)
    expect(device.isEstablished()).toBe(true)
  })

  test('succeeds where the key exchange comes in pieces and backwards, after the Finished', () => {
    const { server, meet, sentTo } = createWorld()
    const device = createDevice({ identity: 'meter-with-a-long-name', fragmentBytes: 5 })
    meet(device, A)
    for (const record of device.proof().reverse()) server.receive(A, record)
    for (const datagram of sentTo(A)) device.take(datagram)
    expect(device.isEstablished()).toBe(true)
  })

  test('goes on where a piece comes twice and one with another length is in between', () => {
    const { server, meet, sentTo } = createWorld()
    const device = createDevice({ fragmentBytes: 5 })
    meet(device, A)
    const [first, ...rest] = device.proof()
    const forged = Buffer.from(first!)
    forged.writeUIntBE(70, 13 + 1, 3)
    for (const record of [first!, first!, forged, ...rest]) server.receive(A, record)
    for (const datagram of sentTo(A)) device.take(datagram)
    expect(device.isEstablished()).toBe(true)
  })

  test.each([
    ['DTLS 1.0', { version: 0xfeff }, 70],
    ['a version that is not of DTLS', { version: 0x0303 }, 70],
    ['compression that cannot be left out', { compressionMethods: Buffer.from([1]) }, 47],
    ['no cipher suite that is spoken here', { cipherSuites: [0xc02b, 0x00a8] }, 40],
    ['a renegotiation_info of an earlier handshake', { extensions: [[0xff01, Buffer.from([1, 9])] as const] }, 40],
    ['an extended master secret with content', { extensions: [[0x17, Buffer.from([1])] as const] }, 47],
  ])('is refused with an alert for %s, and nothing is remembered', (_, options, alert) => {
    const { server, meet } = createWorld()
    const device = createDevice(options)
    meet(device, A)
    expect(device.alerts).toEqual([`0:2,${alert}`])
    expect(server.counts()).toEqual({ sessions: 0, handshakes: 0 })
  })
})

describe('whoever has no key', () => {
  const attempt = (identity: string, psk: Buffer): string[] => {
    const { server, meet, sentTo, log, defects, pass } = createWorld()
    const device = createDevice({ identity, psk })
    meet(device, A)
    for (let time = 0; time < 5; time += 1) server.receive(A, Buffer.concat(device.proof()))
    expect([log, defects]).toEqual([[], []])
    const answers = sentTo(A).map((datagram) => datagram.toString('hex'))
    pass(60_000)
    expect(server.counts()).toEqual({ sessions: 0, handshakes: 0 })
    return answers
  }

  test('is told so once, in the same bytes whether the identity is unknown or its key another', () => {
    const wrong = attempt('meter-1', Buffer.alloc(16, 7))
    expect(wrong).toEqual([expect.stringMatching(/^15fefd0000.{12}00020233$/)])
    expect(attempt('nobody', PSK)).toEqual(wrong)
    expect(attempt('', PSK)).toEqual(wrong)
    expect(attempt('meter-'.padEnd(128, 'x'), Buffer.alloc(16, 7))).toEqual(wrong)
  })

  test('is not let in by an empty key, nor by a key that cannot be looked up', () => {
    const empty = createWorld({}, () => Buffer.alloc(0))
    empty.connect(createDevice({ psk: Buffer.alloc(0) }), A)
    expect(empty.server.counts().sessions).toBe(0)
    const failing = createWorld({}, () => {
      throw new Error('the store is away')
    })
    failing.connect(createDevice(), A)
    expect(failing.server.counts().sessions).toBe(0)
    expect(failing.defects).toEqual([new Error('the store is away')])
  })

  test('is not let in by a Finished that says something else', () => {
    for (const verifyData of [Buffer.alloc(12), Buffer.alloc(0), Buffer.alloc(11)]) {
      const { server, connect } = createWorld()
      const device = createDevice({ verifyData })
      connect(device, A)
      expect([server.counts().sessions, device.isEstablished()]).toEqual([0, false])
    }
  })

  test('does not change the identity of the device at that address', () => {
    const { server, meet, log } = createWorld()
    const device = createDevice()
    meet(device, A)
    const [exchange, ...rest] = device.proof()
    const forged = Buffer.from(exchange!)
    forged[forged.length - 1] = '2'.charCodeAt(0)
    for (const record of [exchange!, forged, ...rest]) server.receive(A, record)
    expect(log).toEqual([`meter-1@${A} began`])
  })

  test('does not end the handshake of the device at that address', () => {
    const { server, meet, sentTo } = createWorld()
    const device = createDevice()
    meet(device, A)
    const [exchange, change, finished] = device.proof()
    const forged = Buffer.from(finished!)
    forged[forged.length - 1]! ^= 1
    server.receive(A, exchange!)
    server.receive(A, forged)
    server.receive(A, Buffer.from('15fefd00000000000000090002' + '0228', 'hex'))
    sentTo(A)
    server.receive(A, Buffer.concat([change!, finished!]))
    for (const datagram of sentTo(A)) device.take(datagram)
    expect(device.isEstablished()).toBe(true)
  })
})

describe('what is lost', () => {
  test('is our flight: it is sent again when the hello comes again, and when it is due, at last no more', () => {
    const { server, sentTo, pass } = createWorld()
    const device = createDevice()
    server.receive(A, device.hello())
    for (const datagram of sentTo(A)) device.take(datagram)
    server.receive(A, device.hello())
    const [first] = sentTo(A)
    server.receive(A, device.hello())
    const [second] = sentTo(A)
    const contents = (datagram: Buffer) => parseRecords(datagram).map(({ fragment }) => fragment.toString('hex'))
    expect(contents(second!)).toEqual(contents(first!))
    const numbers = [first!, second!].flatMap(parseRecords).map(({ sequence }) => sequence)
    expect(new Set(numbers).size).toBe(4)
    let sent = 0
    for (let second = 0; second < 59; second += 1) {
      pass(1_000)
      sent += sentTo(A).length
    }
    expect(sent).toBe(3)
    pass(1_000)
    expect(server.counts().handshakes).toBe(0)
  })

  test('is our last flight: it is sent again when the Finished comes again, but not for a copy of it', () => {
    const { server, meet, sentTo, log } = createWorld()
    const device = createDevice()
    meet(device, A)
    const proof = Buffer.concat(device.proof())
    server.receive(A, proof)
    sentTo(A)
    server.receive(A, proof)
    expect(sentTo(A)).toEqual([])
    server.receive(A, Buffer.concat(device.proof()))
    for (const datagram of sentTo(A)) device.take(datagram)
    expect(device.isEstablished()).toBe(true)
    expect(log).toEqual([`meter-1@${A} began`])
  })

  test('is sent at most eight times in all, and not after the device was heard', () => {
    const { server, meet, sentTo } = createWorld()
    const device = createDevice()
    meet(device, A)
    for (let time = 0; time < 12; time += 1) server.receive(A, Buffer.concat(device.proof()))
    expect(sentTo(A).length).toBe(8)
    const other = createDevice({ seed: 2 })
    meet(other, B)
    server.receive(B, Buffer.concat(other.proof()))
    server.receive(B, other.seal('x'))
    sentTo(B)
    server.receive(B, Buffer.concat(other.proof()))
    expect(sentTo(B)).toEqual([])
  })
})
