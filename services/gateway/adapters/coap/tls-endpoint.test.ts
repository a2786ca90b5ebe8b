import { afterEach, describe, expect, test } from 'vitest'
import { requestMessage, responseMessage } from './meaning.ts'
import { SIGNAL, signalMessage } from './stream-channel.ts'
import { closeAll, connect, content, CSM, GET, introduced, open, PSK } from './tls-world.ts'

afterEach(closeAll)

describe('a device over TLS', () => {
  test.each([
    'PSK-AES128-CCM8:@SECLEVEL=0',
    'PSK-AES128-GCM-SHA256',
    'ECDHE-PSK-AES128-CBC-SHA256',
    'ECDHE-PSK-CHACHA20-POLY1305',
  ])('is served under the identity of its key with %s', async (ciphers) => {
    const { port, peers } = await open()
    const { send, next, socket } = await connect(port, { ciphers })
    expect(socket.getCipher().standardName).toContain('PSK')
    send(CSM, requestMessage(GET, Buffer.from('t')))
    const csm = await next()
    expect(csm).toMatchObject({
      code: SIGNAL.csm,
      options: [{ number: 2, value: Buffer.from([0x40, 0]) }, { number: 4 }],
    })
    const answer = await next()
    expect([answer!.token.toString(), answer!.payload.toString()]).toEqual(['t', 'hello meter-1'])
    expect(peers[0]).toMatchObject({ transport: 'tls', identity: 'meter-1' })
  })

  test('is refused alike with a wrong key and as somebody unknown', async () => {
    const { port } = await open()
    for (const ciphers of ['PSK-AES128-CCM8:@SECLEVEL=0', 'PSK-AES128-GCM-SHA256', 'ECDHE-PSK-AES128-CBC-SHA256']) {
      const failures: unknown[] = []
      for (const [identity, psk] of [
        ['meter-1', Buffer.alloc(16)],
        ['nobody', PSK],
      ] as const) {
        await connect(port, { ciphers }, identity, psk).catch((error: NodeJS.ErrnoException) =>
          failures.push(error.code),
        )
      }
      expect(failures).toEqual(['ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC', 'ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC'])
    }
  })

  test('is not let in where its key cannot be looked up', async () => {
    const defects: unknown[] = []
    const { port } = await open({
      pskOf: () => {
        throw new Error('the store is away')
      },
      onDefect: (error) => void defects.push(error),
    })
    await expect(connect(port)).rejects.toThrow()
    expect(defects).toEqual([new Error('the store is away')])
  })

  test('says its key each time, since no session is resumed', async () => {
    const { port } = await open()
    const first = await introduced(port)
    const session = first.socket.getSession()
    first.socket.destroy()
    expect(session).toBeDefined()
    const again = await connect(port, { session: session! })
    expect(again.socket.isSessionReused()).toBe(false)
    again.send(CSM, requestMessage(GET, Buffer.from('t')))
    await again.next()
    expect((await again.next())!.payload.toString()).toBe('hello meter-1')
  })

  test('sends a large body at once, and is asked and observed over its connection', async () => {
    const { port, peers } = await open()
    const { send, next } = await introduced(port)
    const payload = Buffer.alloc(1_000, 'ab')
    send(requestMessage({ ...GET, method: 'POST', payload }, Buffer.from('t')))
    expect((await next())!.payload.equals(Buffer.from(payload).reverse())).toBe(true)

    const asked = peers[0]!.request(GET)
    send(responseMessage(content('42'), (await next())!.token))
    expect(Buffer.from((await asked).payload).toString()).toBe('42')

    const notified: string[] = []
    const observing = peers[0]!.observe(GET, async ({ payload: value }) => {
      notified.push(Buffer.from(value).toString())
    })
    const { token } = (await next())!
    // Over a stream the sequence says nothing, and may be zero (RFC 8323 section 7.1).
    send(responseMessage(content('a', 0), token))
    const { cancel } = await observing
    send(responseMessage(content('b', 0), token), responseMessage(content('c', 0), token))
    send(signalMessage(SIGNAL.ping, [], Buffer.from('p')))
    expect(await next()).toMatchObject({ code: SIGNAL.pong, token: Buffer.from('p') })
    expect(notified).toEqual(['b', 'c'])
    const cancelled = cancel()
    send(responseMessage(content('d'), (await next())!.token))
    await cancelled
  })
})
