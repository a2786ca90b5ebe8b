import { describe, expect, test } from 'vitest'
import { createDevice, createWorld, seededRandom } from './device-world.ts'

const A = '192.0.2.1:5684'
const B = '192.0.2.2:5684'

describe('limits', () => {
  test('the session that was silent for longest makes room, and one that is silent for too long ends', () => {
    const { server, connect, log, pass } = createWorld({ maxSessions: 2, idleMs: 1_000 })
    const devices = ['a:1', 'b:1', 'c:1'].map((address, index) => ({
      address,
      device: createDevice({ identity: `meter-${address}`, seed: index }),
    }))
    connect(devices[0]!.device, 'a:1')
    connect(devices[1]!.device, 'b:1')
    server.receive('a:1', devices[0]!.device.seal('x'))
    connect(devices[2]!.device, 'c:1')
    expect(log.filter((line) => line.endsWith('closed'))).toEqual(['meter-b:1@b:1 closed'])
    pass(500)
    server.receive('a:1', devices[0]!.device.seal('y'))
    pass(501)
    expect(log.at(-1)).toBe('meter-c:1@c:1 closed')
    expect(server.counts().sessions).toBe(1)
  })

  test('one identity has so many sessions, and pushes nobody else out', () => {
    const { server, connect, log } = createWorld({ maxPerIdentity: 2, maxSessions: 3 })
    connect(createDevice({ identity: 'meter-2', seed: 100 }), B)
    for (let port = 1; port <= 9; port += 1) connect(createDevice({ seed: port }), `192.0.2.1:${port}`)
    expect(server.counts().sessions).toBe(3)
    expect(log).not.toContain(`meter-2@${B} closed`)
  })

  test('the oldest of too many handshakes is forgotten', () => {
    const { server, meet, sentTo } = createWorld({ maxHandshakes: 3 })
    const devices = Array.from({ length: 5 }, (_, seed) => createDevice({ seed }))
    devices.forEach((device, index) => meet(device, `192.0.2.1:${index + 1}`))
    expect(server.counts().handshakes).toBe(3)
    devices.forEach((device, index) => {
      server.receive(`192.0.2.1:${index + 1}`, Buffer.concat(device.proof()))
      for (const datagram of sentTo(`192.0.2.1:${index + 1}`)) device.take(datagram)
    })
    expect(devices.map((device) => device.isEstablished())).toEqual([false, false, true, true, true])
  })

  test('one host begins so many handshakes, and others theirs all the same', () => {
    const { server, meet, connect, pass } = createWorld()
    for (let port = 1; port <= 2_500; port += 1) meet(createDevice({ seed: port }), `192.0.2.1:${port}`)
    expect(server.counts().handshakes).toBe(2_000)
    const other = createDevice({ seed: 5_000 })
    connect(other, B)
    expect(other.isEstablished()).toBe(true)
    pass(1_000)
    for (let port = 1; port <= 100; port += 1) meet(createDevice({ seed: 6_000 + port }), `192.0.2.1:${9_000 + port}`)
    expect(server.counts().handshakes).toBe(2_050)
  })

  test('bytes that anybody makes up do no harm, 30,000 datagrams of them', () => {
    const { server, connect, meet, sentTo, log, defects } = createWorld()
    const device = createDevice()
    const pending = createDevice({ seed: 2, identity: 'meter-2' })
    connect(device, A)
    meet(pending, B)
    const [exchange] = pending.proof()
    const samples = [device.hello(), exchange!, device.seal('x'), createDevice({ seed: 3 }).hello()]
    const random = seededRandom(7)
    for (let run = 0; run < 30_000; run += 1) {
      const noise = random(64)
      const bytes = Buffer.from(run % 4 === 0 ? noise : samples[run % samples.length]!)
      for (let change = 0; change <= noise[0]! % 4; change += 1) {
        bytes[noise.readUInt16BE(1 + 3 * change) % bytes.length] = noise[3 + 3 * change]!
      }
      const end = noise[20]! % 3 === 0 ? noise.readUInt16BE(21) % (bytes.length + 1) : bytes.length
      server.receive([A, B, 'c:1'][run % 3]!, bytes.subarray(0, end))
      if (run % 1_000 === 0) for (const address of [A, B, 'c:1']) sentTo(address)
    }
    expect(defects).toEqual([])
    expect(server.counts().sessions).toBe(1)
    expect(log.every((line) => line === `meter-1@${A} began` || line === `meter-1@${A} got x`)).toBe(true)
    sentTo(A)
    server.receive(A, device.seal('still here'))
    expect(log.at(-1)).toBe(`meter-1@${A} got still here`)
  })
})
