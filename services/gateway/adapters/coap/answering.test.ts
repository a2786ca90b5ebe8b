import { describe, expect, test } from 'vitest'
import { createAnswering } from './answering.ts'
import { blockOf, blockOption } from './block.ts'
import { asked, content, createCountingRandom, createManualClock } from './channel-world.ts'
import type { CoapPeer, CoapRequest, CoapResponse } from './endpoint.ts'
import { bareResponse, formatCode } from './meaning.ts'
import { uintOption, type CoapOption } from './message.ts'
import { OPTION } from './option-rules.ts'
import { createShelf } from './shelf.ts'

function openAnswering(respond: (request: CoapRequest) => CoapResponse = () => bareResponse('2.04')) {
  const clock = createManualClock()
  const requests: CoapRequest[] = []
  const shelf = createShelf(1_000_000)
  const peer = { transport: 'udp' } as CoapPeer
  const options = {
    surroundings: { clock, random: createCountingRandom() },
    shelf: () => shelf,
    onDefect: (error: unknown) => expect.unreachable(String(error)),
    onRequest: async (_: CoapPeer, request: CoapRequest) => (requests.push(request), respond(request)),
  }
  const answerTo = createAnswering(options, peer)
  const ask = async (request: Partial<CoapRequest>, more: CoapOption[] = []) => {
    const answer = await answerTo(asked('t', request, more))
    return { ...answer, code: formatCode(answer.code) }
  }
  /** A block of a body whose bytes all are its position's, with the exponent of its size. */
  const put = (position: number, isMore: boolean, bytes = 1_024, exponent = 6) =>
    ask({ method: 'POST', payload: Buffer.alloc(bytes, position) }, [
      uintOption(OPTION.block1, (position << 4) | (isMore ? 8 : 0) | exponent),
    ])
  const get = (position: number, size = 1_024) =>
    ask({}, [blockOption(OPTION.block2, { offset: position * size, size, isMore: false })])
  return { ask, put, get, requests, clock, shelf, answerTo }
}

describe('a request', () => {
  test.each([
    ['If-Match', { number: 1, value: Buffer.alloc(1) }],
    ['a critical option that nobody knows', { number: 65_001, value: Buffer.alloc(0) }],
    ['Uri-Path of 256 bytes', { number: OPTION.uriPath, value: Buffer.alloc(256, 'a') }],
    ['Accept of 3 bytes', { number: OPTION.accept, value: Buffer.alloc(3) }],
    ['Proxy-Uri', { number: 35, value: Buffer.from('coap://other') }],
  ])('with %s is answered 4.02', async (_, option) => {
    const { ask, requests } = openAnswering()
    expect((await ask({}, [option])).code).toBe('4.02')
    expect(requests).toEqual([])
  })

  test('with a critical option twice that may come once is answered 4.02', async () => {
    const { ask } = openAnswering()
    expect((await ask({ accept: 110 }, [uintOption(OPTION.accept, 112)])).code).toBe('4.02')
  })

  test('is served without its elective options that are unknown or of a wrong length', async () => {
    const { ask, requests } = openAnswering()
    const odd = [
      { number: 65_000, value: Buffer.alloc(300) },
      { number: OPTION.contentFormat, value: Buffer.alloc(3) },
      { number: OPTION.observe, value: Buffer.alloc(4) },
    ]
    expect((await ask({}, odd)).code).toBe('2.04')
    expect(requests).toMatchObject([{ contentFormat: null, observe: null }])
  })

  test('with a path that is no UTF-8 is answered 4.00', async () => {
    const { ask } = openAnswering()
    expect((await ask({}, [{ number: OPTION.uriPath, value: Buffer.from([0xc3]) }])).code).toBe('4.00')
  })
})

describe('a body in blocks', () => {
  test('is put together', async () => {
    const { put, requests, shelf } = openAnswering()
    const first = await put(0, true)
    expect(first.code).toBe('2.31')
    expect(blockOf({ ...first, code: 0 }, OPTION.block1, 'udp')).toEqual({ offset: 0, size: 1_024, isMore: true })
    expect((await put(1, true)).code).toBe('2.31')
    expect((await put(2, false, 10)).code).toBe('2.04')
    expect(requests).toHaveLength(1)
    const payload = [Buffer.alloc(1_024, 0), Buffer.alloc(1_024, 1), Buffer.alloc(10, 2)]
    expect(requests[0]!.payload).toEqual(Buffer.concat(payload))
    expect(shelf.keptBytes()).toBe(0)
  })

  test.each([
    ['of which one is missing', 2],
    ['of which one came before', 0.5],
  ])('%s is answered 4.08, and can go on', async (_, position) => {
    const { put } = openAnswering()
    await put(0, true)
    expect((await (position === 2 ? put(2, true) : put(1, true, 512, 5))).code).toBe('4.08')
    expect((await put(1, false, 10)).code).toBe('2.04')
  })

  test('begins with its first', async () => {
    const { put } = openAnswering()
    expect((await put(1, true)).code).toBe('4.08')
  })

  test('begins anew with its first', async () => {
    const { put, requests } = openAnswering()
    await put(0, true)
    await put(1, true)
    await put(0, true)
    await put(1, false, 10)
    expect(requests[0]!.payload).toHaveLength(1_034)
  })

  test('of more than 64 KiB is answered 4.13, at once where it is announced', async () => {
    const { put, ask, shelf } = openAnswering()
    for (let position = 0; position < 64; position++) expect((await put(position, true)).code).toBe('2.31')
    expect((await put(64, false, 1)).code).toBe('4.13')
    expect(shelf.keptBytes()).toBe(0)
    const announced = [uintOption(OPTION.block1, 0x0e), uintOption(OPTION.size1, 65_537)]
    expect((await ask({ method: 'POST', payload: Buffer.alloc(1_024) }, announced)).code).toBe('4.13')
  })

  test.each([
    ['of the reserved size', 1_024, 7],
    ['that is shorter than it says', 1_000, 6],
    ['that is longer than it says', 1_024, 5],
    ['that is empty', 0, 6],
  ])('with a block %s is answered 4.00', async (_, bytes, exponent) => {
    const { put } = openAnswering()
    expect((await put(0, true, bytes, exponent)).code).toBe('4.00')
  })

  test('is forgotten after 60 seconds, and where there is no room for it', async () => {
    const late = openAnswering()
    await late.put(0, true)
    await late.clock.pass(60_000)
    expect((await late.put(1, false)).code).toBe('4.08')
    const crowded = openAnswering()
    await crowded.put(0, true)
    crowded.shelf.keep(999_000, () => undefined)
    expect((await crowded.put(1, false)).code).toBe('4.08')
  })

  test('holds nothing once its peer is gone', async () => {
    const { put, shelf, answerTo } = openAnswering()
    await put(0, true)
    expect(shelf.keptBytes()).toBeGreaterThan(1_024)
    answerTo.close()
    expect(shelf.keptBytes()).toBe(0)
  })
})

describe('a large answer', () => {
  const body = Buffer.alloc(2_500, 'abcdefg')

  test('is handed out in blocks of the asked size, in any order, and worked on once', async () => {
    const { ask, get, requests } = openAnswering(() => content(body))
    const first = await ask({})
    expect(first.payload).toEqual(body.subarray(0, 1_024))
    expect((await get(2)).payload).toEqual(body.subarray(2_048))
    expect((await get(1)).payload).toEqual(body.subarray(1_024, 2_048))
    expect((await get(10, 16)).payload).toEqual(body.subarray(160, 176))
    expect(requests).toHaveLength(1)
    expect((await get(3)).code).toBe('4.02')
  })

  test('is worked on again where it was forgotten, unless that would do something twice', async () => {
    const { ask, get, requests, clock } = openAnswering(() => content(body))
    await ask({})
    await clock.pass(60_000)
    expect((await get(1)).payload).toEqual(body.subarray(1_024, 2_048))
    expect(requests).toHaveLength(2)
    const second = [blockOption(OPTION.block2, { offset: 1_024, size: 1_024, isMore: false })]
    expect((await ask({ method: 'POST' }, second)).code).toBe('4.08')
    expect(requests).toHaveLength(2)
  })

  test('with a block of the reserved size is answered 4.00', async () => {
    const { ask } = openAnswering(() => content(body))
    expect((await ask({}, [uintOption(OPTION.block2, 7)])).code).toBe('4.00')
  })
})
