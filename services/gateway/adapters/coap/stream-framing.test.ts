import { describe, expect, test } from 'vitest'
import { NOTHING, type CoapMessage } from './message.ts'
import { createFrameReader, formatFrame } from './stream-framing.ts'

const message = (size: number, token = Buffer.from('t')): CoapMessage => ({
  code: 0x45,
  token,
  options: [],
  payload: Buffer.alloc(size, 'p'),
})

function readAll(bytes: Buffer, chunk: number, maxBytes = 100_000): CoapMessage[] {
  const reader = createFrameReader(maxBytes)
  const messages: CoapMessage[] = []
  for (let offset = 0; offset < bytes.length; offset += chunk) {
    reader.push(bytes.subarray(offset, offset + chunk))
    for (let next = reader.next(); next !== null; next = reader.next()) messages.push(next)
  }
  return messages
}

describe('frames of a stream', () => {
  test('are written as RFC 8323 draws them', () => {
    expect(formatFrame({ code: 0xe1, token: NOTHING, options: [], payload: NOTHING }).toString('hex')).toBe('00e1')
    const request = {
      code: 1,
      token: Buffer.from([0xab]),
      options: [{ number: 11, value: Buffer.from('3') }],
      payload: NOTHING,
    }
    expect(formatFrame(request).toString('hex')).toBe('2101abb133')
    // 13 and 269 and 65,805 bytes of options and payload are the first of each longer head.
    expect(formatFrame(message(12)).subarray(0, 3).toString('hex')).toBe('d10045')
    expect(formatFrame(message(268)).subarray(0, 4).toString('hex')).toBe('e1000045')
    expect(formatFrame(message(65_804)).subarray(0, 6).toString('hex')).toBe('f10000000045')
  })

  test.each([1, 2, 7, 1_000, 1_000_000])('are the same however they come, here in chunks of %i bytes', (chunk) => {
    const sizes = [0, 1, 11, 12, 13, 267, 268, 269, 2_000, ...(chunk > 100 ? [65_803, 65_804, 70_000] : [])]
    const read = readAll(Buffer.concat(sizes.map((size) => formatFrame(message(size)))), chunk)
    expect(read.map(({ payload }) => payload.length)).toEqual(sizes)
    expect(read.every(({ token, code }) => token.toString() === 't' && code === 0x45)).toBe(true)
  })

  test('are refused by their heads where they are too long, before they are there', () => {
    expect(() => readAll(Buffer.from('f0ffffffff45', 'hex'), 1)).toThrow(
      expect.objectContaining({ code: 'coap-too-large' }),
    )
    expect(() => readAll(formatFrame(message(300)).subarray(0, 10), 10, 300)).toThrow('larger')
  })

  test('are refused with a token that is too long, or options that are cut short', () => {
    expect(() => readAll(Buffer.from('0945', 'hex'), 2)).toThrow(expect.objectContaining({ code: 'coap-malformed' }))
    expect(() => readAll(Buffer.from('1045b5', 'hex'), 3)).toThrow(expect.objectContaining({ code: 'coap-malformed' }))
  })

  test('are read or refused with a code, whatever the bytes, 50,000 times', () => {
    let state = 42
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) >> 8
    for (let run = 0; run < 50_000; run += 1) {
      const bytes = Buffer.from(Array.from({ length: random() % 24 }, () => random() & 255))
      try {
        readAll(bytes, 1 + (random() % 8), 1_000)
      } catch (error) {
        expect(['coap-malformed', 'coap-too-large']).toContain((error as { code?: string }).code)
      }
    }
  })
})
