import { afterEach, describe, expect, test } from 'vitest'
import { requestMessage, responseMessage } from './meaning.ts'
import { NOTHING, uintOption } from './message.ts'
import { SIGNAL, signalMessage } from './stream-channel.ts'
import { closeAll, connect, content, CSM, GET, introduced, open, opened } from './tls-world.ts'

afterEach(closeAll)

describe('signals', () => {
  test.each([
    ['a request before a CSM', [requestMessage(GET, Buffer.from('t'))], NOTHING],
    ['a critical option in a CSM', [signalMessage(SIGNAL.csm, [uintOption(9, 1)])], Buffer.from([9])],
    ['a signal that nobody knows', [CSM, signalMessage(0xe9)], NOTHING],
    ['a critical option in a ping', [CSM, signalMessage(SIGNAL.ping, [uintOption(9, 1)])], NOTHING],
    ['a code of a reserved class', [CSM, { ...CSM, code: 0x21, options: [] }], NOTHING],
    ['a message that is too long', [CSM, { ...CSM, code: 2, payload: Buffer.alloc(17_000) }], NOTHING],
  ])('abort the connection for %s', async (_, messages, badOption) => {
    const { port, peers } = await open()
    const { send, next } = await connect(port)
    send(...messages)
    await next()
    const abort = await next()
    expect(abort?.code).toBe(SIGNAL.abort)
    expect(abort?.payload.length).toBeGreaterThan(0)
    expect(abort?.options.map(({ value }) => value).find(() => true) ?? NOTHING).toEqual(badOption)
    expect(await next()).toBeNull()
    expect(peers).toEqual([])
  })

  test('end what is asked when the device releases or aborts the connection', async () => {
    for (const code of [SIGNAL.release, SIGNAL.abort]) {
      const { port, peers } = await open()
      const { send, next } = await introduced(port)
      send(requestMessage(GET, Buffer.from('t')))
      await next()
      const refused = expect(peers[0]!.request(GET)).rejects.toMatchObject({ code: 'device-unreachable' })
      await next()
      send(signalMessage(code))
      await refused
      expect(await next()).toBeNull()
    }
  })

  test('tell the device that a notification could not be taken', async () => {
    const { port, peers } = await open()
    const { send, next } = await introduced(port)
    send(requestMessage(GET, Buffer.from('t')))
    await next()
    const observing = peers[0]!.observe(GET, () => Promise.reject(new Error('not now')))
    const { token } = (await next())!
    send(responseMessage(content('a', 0), token))
    await observing
    send(responseMessage(content('b', 0), token))
    expect((await next())?.code).toBe(SIGNAL.abort)
  })

  test('release the devices when the endpoint closes, also one that does not go', async () => {
    const { endpoint, port } = await open()
    const { next } = await introduced(port)
    const stubborn = await introduced(port, 'meter-2')
    stubborn.socket.allowHalfOpen = true
    opened.splice(opened.indexOf(endpoint), 1)
    await endpoint.close()
    expect((await next())?.code).toBe(SIGNAL.release)
    expect(await next()).toBeNull()
  })
})
