import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFrameReader } from './packet-limit.ts'

/** An MQTT packet: type, remaining length in groups of seven bits, body. */
function packetOf(bodyLength: number): Buffer {
  const header = [0x30]
  let rest = bodyLength
  do {
    header.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.concat([Buffer.from(header), Buffer.alloc(bodyLength, 0xff)])
}

describe('createFrameReader', () => {
  test('finds the longest packet, however the stream is cut', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 6 })
    const cuts = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(lengths, cuts, (bodies, sizes) => {
        const stream = Buffer.concat(bodies.map(packetOf))
        const read = createFrameReader()
        let largest = 0
        let position = 0
        for (let turn = 0; position < stream.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          largest = Math.max(largest, read(stream.subarray(position, position + size)))
          position += size
        }
        expect(largest).toBe(Math.max(...bodies))
      }),
    )
  })

  test('knows the length as soon as it is announced', () => {
    const read = createFrameReader()
    expect(read(Buffer.from([0x10, 0xff, 0xff]))).toBe(0)
    expect(read(Buffer.from([0xff, 0x7f]))).toBe(268_435_455)
  })
})
