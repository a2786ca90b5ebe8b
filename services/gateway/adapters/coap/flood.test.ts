import { expect, test } from 'vitest'
import { allElse, answered, asked, content, createCountingRandom, createManualClock, GET } from './channel-world.ts'
import { createDatagramChannel, type DatagramChannel } from './datagram-channel.ts'
import { createEndpointShare } from './endpoint-share.ts'
import type { CoapResponse } from './endpoint.ts'
import { bareResponse, formatCode } from './meaning.ts'
import { formatDatagram, parseDatagram, uintOption, type CoapMessage, type Datagram } from './message.ts'
import { OPTION } from './option-rules.ts'
import { createPeerTable } from './peer-table.ts'

const LIMITS = { worked: 8, keptBytes: 100_000 }
const HONEST = '192.0.2.1:5683'

/** An endpoint without a socket, whose requests are answered once the test lets them. */
function openEndpoint(onRequest: () => Promise<CoapResponse>, maxPeers = 40) {
  const surroundings = { clock: createManualClock(), random: createCountingRandom() }
  const share = createEndpointShare({ strangers: LIMITS, known: LIMITS }, surroundings)
  const sent: { readonly address: string; readonly bytes: Buffer }[] = []
  const open = (address: string): DatagramChannel =>
    createDatagramChannel({
      transport: 'udp',
      address,
      identity: null,
      onRequest,
      onDefect: (error) => expect.unreachable(String(error)),
      send: (bytes) => sent.push({ address, bytes }),
      share,
      surroundings,
    })
  const table = createPeerTable(maxPeers, open)
  const hear = (address: string, messageId: number, message: CoapMessage, type: Datagram['type'] = 0): void =>
    table.receive(address, formatDatagram({ type, messageId, message }))
  const answersTo = (address: string): Datagram[] =>
    sent
      .splice(0)
      .filter((one) => one.address === address)
      .map(({ bytes }) => parseDatagram(bytes))
  return { table, share, hear, sent, answersTo, clock: surroundings.clock }
}

type Endpoint = ReturnType<typeof openEndpoint>

/** Makes somebody known: it answers a request of ours. */
async function introduce({ table, hear, answersTo }: Endpoint, address: string): Promise<void> {
  const request = table.at(address)!.conversation.peer.request(GET)
  await allElse()
  const [{ messageId, message }] = answersTo(address) as [Datagram]
  hear(address, messageId, answered(message.token, content('22')), 2)
  await request
}

const forged = (count: number): string => `198.51.${count >> 8}.${count & 255}:4000`

test('a flood from forged addresses leaves no more than there is room for', async () => {
  const endpoint = openEndpoint(async () => bareResponse('2.04'))
  const begun = asked('t', { method: 'POST', payload: Buffer.alloc(1_024) }, [uintOption(OPTION.block1, 0x0e)])
  for (let count = 0; count < 2_000; count++) {
    endpoint.hear(forged(count), count, begun)
    if (count % 5 === 0) await allElse()
    expect(endpoint.share.strangers.shelf.keptBytes()).toBeLessThanOrEqual(100_000)
  }
  expect(endpoint.table.size()).toBe(10)
  await allElse()
  endpoint.table.close()
  expect(endpoint.share.strangers.shelf.keptBytes()).toBe(0)
})

test('nobody at a forged address gets more than three times what was sent in its name', async () => {
  let size = 0
  const endpoint = openEndpoint(async () => content(Buffer.alloc(size)))
  const headers = 28
  for (let count = 0; count < 200; count++) {
    size = count
    const request = formatDatagram({ type: 0, messageId: count, message: asked('', { path: [] }) })
    endpoint.table.receive(forged(count), request)
    await allElse()
    const got = endpoint.sent.splice(0).reduce((sum, { bytes }) => sum + bytes.length + headers, 0)
    expect(got).toBeGreaterThan(0)
    expect(got).toBeLessThanOrEqual(3 * (request.length + headers))
  }
})

test('a known peer keeps its upload, and its place, through a flood', async () => {
  const endpoint = openEndpoint(async () => bareResponse('2.04'))
  await introduce(endpoint, HONEST)
  const block = (position: number, more: 0 | 8): CoapMessage =>
    asked('t', { method: 'POST', payload: Buffer.alloc(1_024) }, [
      uintOption(OPTION.block1, (position << 4) | more | 6),
    ])
  endpoint.hear(HONEST, 1, block(0, 8))
  await allElse()
  for (let count = 0; count < 1_000; count++) {
    endpoint.hear(forged(count), 1, block(0, 8))
    if (count % 5 === 0) await allElse()
  }
  endpoint.sent.splice(0)
  endpoint.hear(HONEST, 2, block(1, 0))
  await allElse()
  expect(endpoint.answersTo(HONEST).map(({ message }) => formatCode(message.code))).toEqual(['2.04'])
})

test('known peers are served while strangers have all their places worked on', async () => {
  const { promise, resolve } = Promise.withResolvers<CoapResponse>()
  let isSlow = true
  let slow = 0
  const endpoint = openEndpoint(() => (isSlow ? (slow++, promise) : Promise.resolve(bareResponse('2.04'))))
  await introduce(endpoint, HONEST)
  for (let count = 0; count < 100; count++) endpoint.hear(forged(count), 1, asked('t'))
  await allElse()
  expect(slow).toBe(8)
  isSlow = false
  endpoint.hear(HONEST, 1, asked('t'))
  await allElse()
  expect(endpoint.answersTo(HONEST)).toHaveLength(1)
  resolve(bareResponse('2.04'))
  await allElse()
  // And a stranger once there is a place again.
  endpoint.hear('192.0.2.9:5683', 1, asked('t'))
  await allElse()
  expect(endpoint.answersTo('192.0.2.9:5683')).toHaveLength(1)
})

test('a peer that is asked or observed keeps its place', async () => {
  const endpoint = openEndpoint(async () => bareResponse('2.04'))
  const request = endpoint.table.at(HONEST)!.conversation.peer.request(GET)
  for (let count = 0; count < 100; count++) {
    endpoint.hear(forged(count), 1, asked('t'))
    await allElse()
  }
  const [{ messageId, message }] = endpoint.answersTo(HONEST) as [Datagram]
  endpoint.hear(HONEST, messageId, answered(message.token, content('22')), 2)
  expect(Buffer.from((await request).payload).toString()).toBe('22')
})

test('those who are known make room for one another, the one that is silent for longest first', async () => {
  const endpoint = openEndpoint(async () => bareResponse('2.04'), 4)
  for (const count of [1, 2, 3, 4]) await introduce(endpoint, forged(count))
  endpoint.hear(forged(1), 9, asked('t'))
  await allElse()
  await introduce(endpoint, forged(5))
  expect(endpoint.table.at(forged(1))!.isKnown()).toBe(true)
  expect(endpoint.table.at(forged(2))!.isKnown()).toBe(false)
})
