import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../../../domain/errors.ts'
import { blockOf, blockOption } from './block.ts'
import { allElse, asked, content, GET, openChannelWorld } from './channel-world.ts'
import { OPTION } from './option-rules.ts'
import { formatDatagram, parseDatagram, type CoapMessage, type Datagram } from './message.ts'

/** Runs of each property: at home as many as take a second, where the gate runs alone more. */
const RUNS = process.env.CI === undefined ? 1_000 : 20_000
/** Runs in which a whole channel hears a run of datagrams. */
const CHANNEL_RUNS = RUNS / 10

const bytesUpTo = (maxLength: number) => fc.uint8Array({ maxLength, size: 'max' }).map((bytes) => Buffer.from(bytes))
const option = fc.record({
  number: fc.oneof(fc.nat({ max: 65_535 }), fc.constantFrom(...Object.values(OPTION))),
  value: fc.oneof(bytesUpTo(4), bytesUpTo(300)),
})
const message: fc.Arbitrary<CoapMessage> = fc.record({
  code: fc.integer({ min: 1, max: 255 }),
  token: bytesUpTo(8),
  options: fc
    .array(option, { maxLength: 12 })
    .map((options) => options.toSorted((one, other) => one.number - other.number)),
  payload: bytesUpTo(200),
})
const datagram: fc.Arbitrary<Datagram> = fc.record({
  type: fc.constantFrom(0, 1, 2, 3),
  messageId: fc.nat({ max: 65_535 }),
  message,
})
const turned = datagram.chain((one) => {
  const bytes = formatDatagram(one)
  const positions = fc.array(fc.nat({ max: bytes.length * 8 - 1 }), { maxLength: 4 })
  return fc.tuple(positions, fc.nat({ max: bytes.length })).map(([bits, length]) => {
    const changed = Buffer.from(bytes)
    for (const position of bits) changed[position >> 3]! ^= 1 << (position & 7)
    return changed.subarray(0, length)
  })
})
const anything = fc.oneof(bytesUpTo(80), turned, datagram.map(formatDatagram))

describe('a datagram', () => {
  test('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          parseDatagram(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
          expect((error as DomainError).code).toBe('coap-malformed')
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('is the same after it was written', () => {
    fc.assert(
      fc.property(datagram, (one) => {
        expect(parseDatagram(formatDatagram(one))).toEqual(one)
      }),
      { numRuns: RUNS },
    )
  })

  test('that can be read means the same once it is written again', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        let read: Datagram
        try {
          read = parseDatagram(bytes)
        } catch {
          return
        }
        expect(parseDatagram(formatDatagram(read))).toEqual(read)
      }),
      { numRuns: RUNS },
    )
  })
})

test('a block is the same after it was written', () => {
  const block = fc
    .record({ number: fc.nat({ max: 0xfffff }), exponent: fc.nat({ max: 6 }), isMore: fc.boolean() })
    .map(({ number, exponent, isMore }) => {
      const size = 1 << (exponent + 4)
      return { offset: number * size, size, isMore }
    })
  fc.assert(
    fc.property(block, (one) => {
      const carrier = { code: 1, token: Buffer.alloc(0), options: [blockOption(27, one)], payload: Buffer.alloc(0) }
      expect(blockOf(carrier, 27, 'udp')).toEqual(one)
    }),
    { numRuns: RUNS },
  )
})

describe('a channel', () => {
  test('survives whatever comes, answers with less than it was sent to, and still serves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 20 }), async (datagrams) => {
        const world = openChannelWorld({ onRequest: async () => content('x'.repeat(3_000)) })
        for (const bytes of datagrams) {
          world.channel.receive(bytes)
          await allElse()
          const answers = world.sent()
          expect(answers.length).toBeLessThanOrEqual(1)
          for (const answer of answers) expect(formatDatagram(answer).length).toBeLessThanOrEqual(64)
        }
        expect(world.defects).toEqual([])
        expect(world.channel.isIdle()).toBe(true)
        // None of the numbers before, whichever they were.
        await world.clock.pass(300_000)
        await world.hear(0, 1, asked('t'))
        expect(world.sent()).toMatchObject([{ type: 2, messageId: 1 }])
      }),
      { numRuns: CHANNEL_RUNS },
    )
  })

  test('survives whatever answers a request, which ends in good time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 5 }), async (answers) => {
        const world = openChannelWorld({ transport: 'dtls' })
        const request = world.channel.conversation.peer.request(GET).then(
          () => null,
          (error: unknown) => error,
        )
        await allElse()
        for (const answer of answers) {
          const last = world.sent().findLast(({ message: one }) => one.code === 1)
          if (last === undefined) break
          await world.hear(2, last.messageId, { ...answer, token: last.message.token })
        }
        await world.clock.pass(400_000)
        const error = await request
        if (error !== null) expect(error).toBeInstanceOf(DomainError)
        expect(world.defects).toEqual([])
        expect(world.channel.isIdle()).toBe(true)
      }),
      { numRuns: CHANNEL_RUNS },
    )
  })
})
