import { describe, expect, test } from 'vitest'
import { blockOf, blockOption, type Block } from './block.ts'
import { allElse, answered, content, createCountingRandom, createManualClock, GET } from './channel-world.ts'
import { createConversation } from './conversation.ts'
import { bareResponse, formatCode } from './meaning.ts'
import type { CoapMessage, CoapOption } from './message.ts'
import { OPTION } from './option-rules.ts'

/** A conversation with a peer that answers as the test says. */
function converseWith(respond: (message: CoapMessage, count: number) => CoapMessage) {
  const clock = createManualClock()
  const sent: CoapMessage[] = []
  const channel = {
    transport: 'udp',
    address: '192.0.2.1:5683',
    identity: null,
    transmit: async (message: CoapMessage) => {
      sent.push(message)
      conversation.settle(respond(message, sent.length))
    },
  } as const
  const conversation = createConversation(channel, { clock, random: createCountingRandom() })
  return { peer: conversation.peer, sent, clock }
}

const block1Of = (message: CoapMessage) => blockOf(message, OPTION.block1, 'udp')
const block2Of = (message: CoapMessage) => blockOf(message, OPTION.block2, 'udp')
const POST = { ...GET, method: 'POST', payload: Buffer.alloc(2_500, 'abcdefg') } as const
const goOn = (message: CoapMessage, block: Partial<Block> = {}): CoapMessage =>
  answered(message.token, bareResponse('2.31'), [blockOption(OPTION.block1, { ...block1Of(message)!, ...block })])

describe('a large request', () => {
  test('goes out in blocks of 1024 bytes, the last with the rest', async () => {
    const { peer, sent } = converseWith((message) =>
      block1Of(message)!.isMore ? goOn(message) : answered(message.token, bareResponse('2.04')),
    )
    expect((await peer.request(POST)).code).toBe('2.04')
    expect(sent.map(({ payload }) => payload.length)).toEqual([1_024, 1_024, 452])
    expect(Buffer.concat(sent.map(({ payload }) => payload))).toEqual(POST.payload)
  })

  test('goes on in smaller blocks where the peer asks for them', async () => {
    const { peer, sent } = converseWith((message) =>
      block1Of(message)!.isMore
        ? goOn(message, { offset: 0, size: 256 })
        : answered(message.token, bareResponse('2.04')),
    )
    await peer.request(POST)
    expect(sent.map(({ payload }) => payload.length)).toEqual([1_024, 256, 256, 256, 256, 256, 196])
    expect(Buffer.concat(sent.map(({ payload }) => payload))).toEqual(POST.payload)
  })

  test.each([2_500, 600])('of %d bytes begins anew in smaller blocks where 4.13 asks for them', async (length) => {
    const { peer, sent } = converseWith((message) => {
      const block = block1Of(message)
      const small = { offset: 0, size: 64, isMore: false }
      if ((block?.size ?? 1_024) > 64)
        return answered(message.token, bareResponse('4.13'), [blockOption(OPTION.block1, small)])
      return block!.isMore ? goOn(message) : answered(message.token, bareResponse('2.04'))
    })
    const payload = POST.payload.subarray(0, length)
    expect((await peer.request({ ...POST, payload })).code).toBe('2.04')
    expect(Buffer.concat(sent.slice(1).map((message) => message.payload))).toEqual(payload)
  })

  test.each(['4.08', '4.13'])('ends where its peer answers %s', async (code) => {
    const { peer, sent } = converseWith((message, count) =>
      count === 1 ? goOn(message) : answered(message.token, bareResponse(code)),
    )
    expect((await peer.request(POST)).code).toBe(code)
    expect(sent).toHaveLength(2)
  })

  test('of more than 64 KiB is refused', async () => {
    const { peer } = converseWith((message) => goOn(message))
    const request = peer.request({ ...POST, payload: Buffer.alloc(65_537) })
    await expect(request).rejects.toMatchObject({ code: 'coap-too-large' })
  })
})

describe('a large answer', () => {
  const body = Buffer.alloc(2_500, 'abcdefg')
  /** Hands a body out in blocks, with what the test changes of one. */
  const handOut = (change: (block: Block) => { readonly block?: Block; readonly text?: Buffer } = () => ({})) =>
    converseWith((message) => {
      const asked = block2Of(message) ?? { offset: 0, size: 1_024, isMore: false }
      const block = { ...asked, isMore: asked.offset + asked.size < body.length }
      const changed = change(block)
      const part = changed.text ?? body.subarray(asked.offset, asked.offset + asked.size)
      return answered(message.token, content(part), [blockOption(OPTION.block2, changed.block ?? block)])
    })

  test('is put together, though it has no ETag', async () => {
    const { peer, sent } = handOut()
    expect((await peer.request(GET)).payload).toEqual(body)
    expect(sent).toHaveLength(3)
    expect(new Set(sent.map(({ token }) => token.toString('hex'))).size).toBe(3)
  })

  test.each([
    ['skips one', ({ offset }: Block) => (offset === 1_024 ? 2_048 : offset)],
    ['repeats one', ({ offset }: Block) => (offset === 2_048 ? 1_024 : offset)],
    ['does not begin with the first', ({ offset }: Block) => (offset === 0 ? 1_024 : offset)],
  ])('fails where its peer %s', async (_, offsetOf) => {
    const { peer } = handOut((block) => ({ block: { ...block, offset: offsetOf(block) } }))
    await expect(peer.request(GET)).rejects.toMatchObject({ code: 'coap-malformed' })
  })

  test.each([0, 1_000, 1_025])('fails where a block has %d bytes instead of 1024', async (length) => {
    const { peer } = handOut(({ offset }) => (offset === 1_024 ? { text: Buffer.alloc(length) } : {}))
    await expect(peer.request(GET)).rejects.toMatchObject({ code: 'coap-malformed' })
  })

  test('fails where its ETag changes', async () => {
    const { peer } = converseWith((message, count) => {
      const offset = block2Of(message)?.offset ?? 0
      const options: CoapOption[] = [
        { number: OPTION.eTag, value: Buffer.from([count]) },
        blockOption(OPTION.block2, { offset, size: 16, isMore: true }),
      ]
      return answered(message.token, content(Buffer.alloc(16)), options)
    })
    await expect(peer.request(GET)).rejects.toMatchObject({ code: 'coap-malformed' })
  })

  test('that never ends is given up after 64 KiB', async () => {
    const { peer, sent } = handOut((block) => ({ block: { ...block, isMore: true }, text: Buffer.alloc(1_024) }))
    await expect(peer.request(GET)).rejects.toMatchObject({ code: 'coap-too-large' })
    expect(sent.length).toBeLessThanOrEqual(66)
  })

  test('that comes drop by drop is given up after 5 minutes', async () => {
    const late: (() => void)[] = []
    const clock = createManualClock()
    const conversation = createConversation(
      {
        transport: 'udp',
        address: '192.0.2.1:5683',
        identity: null,
        transmit: async (message) => {
          const block = { offset: block2Of(message)?.offset ?? 0, size: 16, isMore: true }
          const answer = answered(message.token, content(Buffer.alloc(16)), [blockOption(OPTION.block2, block)])
          late.push(() => conversation.settle(answer))
        },
      },
      { clock, random: createCountingRandom() },
    )
    let error: unknown = null
    conversation.peer.request(GET).catch((thrown: unknown) => (error = thrown))
    await allElse()
    for (let count = 0; count < 8; count++) {
      await clock.pass(50_000)
      late.shift()?.()
      await allElse()
    }
    expect(error).toMatchObject({ code: 'device-unreachable' })
  })
})

test('what a peer wants to hear again is said with the next request, and at once after 4.01', async () => {
  const value = Buffer.from('challenge')
  const { peer, sent } = converseWith((message, count) =>
    count === 1
      ? answered(message.token, bareResponse('4.01'), [{ number: OPTION.echo, value }])
      : answered(message.token, content('22')),
  )
  expect((await peer.request(GET)).code).toBe('2.05')
  expect(sent.map(({ code }) => formatCode(code))).toEqual(['0.01', '0.01'])
  expect(sent[1]!.options).toContainEqual({ number: OPTION.echo, value })
})
