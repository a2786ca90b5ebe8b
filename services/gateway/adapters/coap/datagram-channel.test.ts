import { describe, expect, test } from 'vitest'
import { allElse, answered, asked, content, GET, openChannelWorld, type ChannelWorld } from './channel-world.ts'
import type { CoapResponse } from './endpoint.ts'
import { bareResponse, formatCode } from './meaning.ts'
import { EMPTY_MESSAGE, uintOption, type Datagram } from './message.ts'
import { OPTION } from './option-rules.ts'

const [CON, NON, ACK, RST] = [0, 1, 2, 3] as const

/** What became of a promise, once all is done that takes no time. */
function outcomeOf<T>(
  promise: Promise<T>,
): () => Promise<T | { readonly code: string; readonly message: string } | 'open'> {
  let outcome: T | { code: string; message: string } | 'open' = 'open'
  promise.then(
    (value) => (outcome = value),
    (error: { code: string; message: string }) => (outcome = { code: error.code, message: error.message }),
  )
  return async () => {
    await allElse()
    return outcome
  }
}

/** A request of ours, and what went out for it. */
async function askFor(world: ChannelWorld) {
  const outcome = outcomeOf(world.channel.conversation.peer.request(GET))
  await allElse()
  const [sent] = world.sent()
  return { outcome, messageId: sent!.messageId, token: sent!.message.token }
}

describe('a message of the peer', () => {
  test('that is an empty confirmable one, a ping, is answered by a reset', async () => {
    const world = openChannelWorld()
    await world.hear(CON, 77, EMPTY_MESSAGE)
    expect(world.sent()).toEqual([{ type: RST, messageId: 77, message: EMPTY_MESSAGE }])
    await world.hear(NON, 78, EMPTY_MESSAGE)
    expect(world.sent()).toEqual([])
  })

  test('that is confirmable and malformed is reset, and ignored where it is of another version', async () => {
    const world = openChannelWorld()
    world.channel.receive(Buffer.from('4f017d34', 'hex'))
    expect(world.sent()).toMatchObject([{ type: RST, messageId: 0x7d34 }])
    for (const bytes of ['8f017d34', '5f017d34', '6f017d34', '40', '']) world.channel.receive(Buffer.from(bytes, 'hex'))
    expect(world.sent()).toEqual([])
  })

  test.each([0x20, 0x3f, 0x60, 0xc0, 0xe1])('with the reserved code 0x%s is reset', async (code) => {
    const world = openChannelWorld()
    await world.hear(CON, 5, { ...EMPTY_MESSAGE, code })
    expect(world.sent()).toMatchObject([{ type: RST, messageId: 5 }])
  })

  test('that nobody asked for is reset', async () => {
    const world = openChannelWorld()
    await world.hear(CON, 5, answered(Buffer.from('?'), content('22', 1)))
    await world.hear(NON, 6, answered(Buffer.from('?'), content('22', 2)))
    expect(world.sent()).toMatchObject([
      { type: RST, messageId: 5 },
      { type: RST, messageId: 6 },
    ])
  })

  test('is worked on once while it is worked on, and answered alike after that', async () => {
    let count = 0
    const { promise, resolve } = Promise.withResolvers<CoapResponse>()
    const world = openChannelWorld({ onRequest: () => (count++, promise) })
    await world.hear(CON, 9, asked('t'))
    await world.hear(CON, 9, asked('t'))
    expect(world.sent()).toEqual([])
    resolve(content('22'))
    await allElse()
    const first = world.sent()
    await world.hear(CON, 9, asked('t'))
    expect(first).toHaveLength(1)
    expect(world.sent()).toEqual(first)
    expect(count).toBe(1)
  })

  test('is new again once 247 seconds passed', async () => {
    let count = 0
    const world = openChannelWorld({ onRequest: async () => content(String(++count)) })
    await world.hear(CON, 9, asked('t'))
    await world.clock.pass(246_999)
    await world.hear(CON, 9, asked('t'))
    expect(count).toBe(1)
    await world.clock.pass(1)
    await world.hear(CON, 9, asked('t'))
    expect(count).toBe(2)
  })

  test('that is not confirmable is answered by one that is neither', async () => {
    const world = openChannelWorld()
    await world.hear(NON, 9, asked('t'))
    expect(world.sent()).toMatchObject([{ type: NON, message: { code: 0x44, token: Buffer.from('t') } }])
  })

  test('is not taken where 16 are worked on already, and taken when it comes again', async () => {
    const { promise, resolve } = Promise.withResolvers<CoapResponse>()
    let count = 0
    const world = openChannelWorld({ onRequest: () => (count++, promise), transport: 'dtls' })
    for (let messageId = 0; messageId < 17; messageId++) await world.hear(CON, messageId, asked('t'))
    expect(count).toBe(16)
    resolve(bareResponse('2.04'))
    await allElse()
    expect(world.sent()).toHaveLength(16)
    await world.hear(CON, 16, asked('t'))
    expect(world.sent()).toMatchObject([{ type: ACK, messageId: 16 }])
  })

  test('whose request is a defect of ours is answered 5.00, and told', async () => {
    const world = openChannelWorld({ onRequest: () => Promise.reject(new Error('oh')) })
    await world.hear(CON, 9, asked('t'))
    expect(world.sent()).toMatchObject([{ message: { code: 0xa0 } }])
    expect(world.defects).toHaveLength(1)
  })
})

describe('a request of ours', () => {
  test('is sent 5 times, each time after twice as long, and fails 62 to 93 seconds after the first', async () => {
    const world = openChannelWorld()
    const { outcome } = await askFor(world)
    const resent: number[] = []
    for (let second = 1; second <= 93; second++) {
      await world.clock.pass(1_000)
      if (world.sent().length > 0) resent.push(second)
      if (second === 61) expect(await outcome()).toBe('open')
    }
    expect(resent).toHaveLength(4)
    expect(resent.slice(1).map((second, position) => second - resent[position]!)).toEqual([4, 8, 16])
    expect(await outcome()).toMatchObject({ code: 'device-unreachable' })
  })

  test('waits for the one before it', async () => {
    const world = openChannelWorld()
    const { messageId, token } = await askFor(world)
    const second = outcomeOf(world.channel.conversation.peer.request(GET))
    await second()
    expect(world.sent()).toEqual([])
    await world.hear(ACK, messageId, answered(token, content('22')))
    expect(world.sent()).toHaveLength(1)
  })

  test('is answered by a separate response, which may be confirmable or not, late or repeated', async () => {
    for (const type of [CON, NON] as const) {
      const world = openChannelWorld()
      const { outcome, messageId, token } = await askFor(world)
      await world.hear(ACK, messageId, EMPTY_MESSAGE)
      await world.clock.pass(59_000)
      expect(world.sent()).toEqual([])
      await world.hear(type, 500, answered(token, content('22')))
      expect(await outcome()).toMatchObject({ code: '2.05', payload: Buffer.from('22') })
      const acknowledgement = world.sent()
      expect(acknowledgement).toEqual(type === CON ? [{ type: ACK, messageId: 500, message: EMPTY_MESSAGE }] : [])
      // Its acknowledgement may have been lost.
      await world.hear(type, 500, answered(token, content('22')))
      expect(world.sent()).toEqual(acknowledgement)
    }
  })

  test('is not sent again once its separate response came before its acknowledgement', async () => {
    const world = openChannelWorld()
    const { outcome, messageId, token } = await askFor(world)
    await world.hear(CON, 500, answered(token, content('22')))
    expect(await outcome()).toMatchObject({ code: '2.05' })
    world.sent()
    await world.clock.pass(100_000)
    await world.hear(ACK, messageId, EMPTY_MESSAGE)
    expect(world.sent()).toEqual([])
  })

  test('fails 60 seconds after an acknowledgement that nothing follows', async () => {
    const world = openChannelWorld()
    const { outcome, messageId } = await askFor(world)
    await world.clock.pass(1_000)
    await world.hear(ACK, messageId, EMPTY_MESSAGE)
    await world.clock.pass(59_999)
    expect(await outcome()).toBe('open')
    await world.clock.pass(1)
    expect(await outcome()).toMatchObject({ code: 'device-unreachable' })
  })

  test('fails at once where its acknowledgement has another token', async () => {
    const world = openChannelWorld()
    const { outcome, messageId } = await askFor(world)
    await world.hear(ACK, messageId, answered(Buffer.from('other'), content('22')))
    expect(await outcome()).toMatchObject({
      code: 'coap-malformed',
      message: expect.stringContaining('token') as string,
    })
    expect(world.defects).toEqual([])
  })

  test('fails at once where it is reset', async () => {
    const world = openChannelWorld()
    const { outcome, messageId } = await askFor(world)
    await world.hear(RST, messageId, EMPTY_MESSAGE)
    expect(await outcome()).toMatchObject({ code: 'device-unreachable' })
  })

  test('goes on where acknowledgements and resets of other messages come', async () => {
    const world = openChannelWorld()
    const { outcome, messageId, token } = await askFor(world)
    await world.hear(RST, messageId + 1, EMPTY_MESSAGE)
    await world.hear(ACK, messageId + 1, answered(token, content('forged')))
    await world.hear(RST, messageId, answered(token, content('no reset')))
    expect(await outcome()).toBe('open')
  })

  test.each([
    ['a critical option that is unknown', content('22'), [{ number: 9, value: Buffer.alloc(1) }]],
    ['a block of the reserved size', content('22'), [uintOption(OPTION.block2, 7)]],
    ['a block option of 4 bytes', content('22'), [{ number: OPTION.block2, value: Buffer.alloc(4) }]],
    ['a text that is no UTF-8', content('22'), [{ number: OPTION.locationPath, value: Buffer.from([0xff]) }]],
    ['a code of a request', bareResponse('0.01'), []],
    ['a code that is reserved', bareResponse('7.01'), []],
  ])('fails where its answer has %s, and it is no defect of ours', async (_, response, options) => {
    for (const type of [CON, ACK] as const) {
      const world = openChannelWorld()
      const { outcome, messageId, token } = await askFor(world)
      await world.hear(type, messageId, answered(token, response, options))
      const isAnswer = type === ACK || [2, 4, 5].includes(Number(response.code[0]))
      if (isAnswer) expect(await outcome()).toMatchObject({ code: 'coap-malformed' })
      expect(world.defects).toEqual([])
    }
  })

  test('is answered though an elective option of its answer is unknown, or of a wrong length', async () => {
    const world = openChannelWorld()
    const { outcome, messageId, token } = await askFor(world)
    const odd = [
      { number: 258, value: Buffer.from('no response') },
      { number: OPTION.contentFormat, value: Buffer.alloc(5) },
      { number: OPTION.observe, value: Buffer.alloc(9) },
    ]
    await world.hear(ACK, messageId, answered(token, content('22'), odd))
    expect(await outcome()).toMatchObject({ code: '2.05', contentFormat: null, observe: null })
  })

  test('fails when the channel is closed, and sends nothing any more', async () => {
    const world = openChannelWorld()
    const { outcome } = await askFor(world)
    world.channel.close()
    expect(await outcome()).toMatchObject({ code: 'device-unreachable' })
    await world.clock.pass(100_000)
    await world.hear(CON, 3, EMPTY_MESSAGE)
    expect(world.sent()).toEqual([])
  })
})

describe('a stranger', () => {
  const LARGE = content('x'.repeat(1_000))
  const codeOf = ([datagram]: Datagram[]): string => formatCode(datagram!.message.code)
  const echoOf = ([datagram]: Datagram[]) => datagram!.message.options.filter(({ number }) => number === OPTION.echo)

  test('gets a large answer only once it says again what was sent to its address', async () => {
    const world = openChannelWorld({ onRequest: async () => LARGE })
    await world.hear(CON, 1, asked('12345678'))
    const challenge = world.sent()
    expect(codeOf(challenge)).toBe('4.01')
    await world.hear(CON, 2, asked('12345678', {}, [{ number: OPTION.echo, value: Buffer.alloc(8) }]))
    expect(codeOf(world.sent())).toBe('4.01')
    expect(world.channel.isKnown()).toBe(false)
    await world.hear(CON, 3, asked('12345678', {}, echoOf(challenge)))
    expect(codeOf(world.sent())).toBe('2.05')
    await world.hear(CON, 4, asked('12345678'))
    expect(codeOf(world.sent())).toBe('2.05')
  })

  test('is known once it answers a request, and not by an empty acknowledgement', async () => {
    const world = openChannelWorld({ onRequest: async () => LARGE })
    const { messageId, token } = await askFor(world)
    await world.hear(ACK, messageId, EMPTY_MESSAGE)
    expect(world.channel.isKnown()).toBe(false)
    await world.hear(NON, 7, answered(token, content('22')))
    expect(world.channel.isKnown()).toBe(true)
  })

  test('is nobody who came by a handshake', async () => {
    const world = openChannelWorld({ transport: 'dtls', identity: 'meter', onRequest: async () => LARGE })
    await world.hear(CON, 1, asked('t'))
    expect(codeOf(world.sent())).toBe('2.05')
  })

  test('registers as devices do', async () => {
    const response = { ...bareResponse('2.01'), locationPath: ['rd', '0123456789abcdef0123456789abcdef'] }
    const world = openChannelWorld({ onRequest: async () => response })
    await world.hear(CON, 1, asked('12345678', { method: 'POST', path: ['rd'] }))
    expect(codeOf(world.sent())).toBe('2.01')
  })
})
