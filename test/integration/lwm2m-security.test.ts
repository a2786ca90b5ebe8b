import { expect, test } from 'vitest'
import type { CoapPeer, CoapRequest } from '../../services/gateway/adapters/coap/endpoint.ts'
import { openUdpEndpoint } from '../../services/gateway/adapters/coap/udp-endpoint.ts'
import { startLwm2m } from '../../services/gateway/adapters/lwm2m/lwm2m-server.ts'
import { knownDevice, recordedDesk } from './lwm2m-world.ts'

const REGISTERING: CoapRequest = {
  method: 'POST',
  path: ['rd'],
  query: ['lwm2m=1.1', 'ep=urn:dev:os:1', 'lt=60'],
  contentFormat: 40,
  accept: null,
  observe: null,
  payload: Buffer.from('</3/0>,</3421/0>'),
}

const peerOf = (identity: string | null, address = '192.0.2.7:5000'): CoapPeer => ({
  transport: identity === null ? 'udp' : 'dtls',
  address,
  identity,
  request: () => Promise.reject(new Error('it is not asked')),
  observe: () => Promise.reject(new Error('it is not asked')),
})

/** What a peer is answered that registers as an endpoint. */
const answerTo = async (peer: CoapPeer, options: Partial<Parameters<typeof startLwm2m>[1]> = {}): Promise<string> => {
  const answered = Promise.withResolvers<string>()
  const adapter = await startLwm2m(recordedDesk([knownDevice(1)]), {
    ...options,
    endpoints: [
      async ({ onRequest }) => {
        setImmediate(() => {
          onRequest(peer, REGISTERING).then(({ code }) => answered.resolve(code), answered.reject)
        })
        return { port: 0, close: async () => undefined }
      },
    ],
  })
  const code = await answered.promise
  await adapter.close()
  return code
}
const withKey = { identityOf: () => 'key-1' }

test('a key registers its own endpoint and no other', async () => {
  expect(await answerTo(peerOf('urn:dev:os:1'))).toBe('2.01')
  expect(await answerTo(peerOf(knownDevice(1).address))).toBe('2.01')
  expect(await answerTo(peerOf('urn:dev:os:2'))).toBe('4.03')
  expect(await answerTo(peerOf('key-1'), withKey)).toBe('2.01')
  expect(await answerTo(peerOf('urn:dev:os:1'), withKey)).toBe('4.03')
  expect(await answerTo(peerOf('key-1'), { identityOf: () => null })).toBe('4.03')
})

test('who has a key does not come without, not even from this machine', async () => {
  expect(await answerTo(peerOf(null, '127.0.0.1:5000'), withKey)).toBe('4.03')
  expect(await answerTo(peerOf(null, '127.0.0.1:5000'), { identityOf: () => null })).toBe('2.01')
})

test('without security one comes only from this machine, unless it is allowed', async () => {
  expect(await answerTo(peerOf(null))).toBe('4.03')
  for (const address of ['127.0.0.1:5000', '127.3.2.1:5000', '::1:5000', '::ffff:127.0.0.1:5000']) {
    expect(await answerTo(peerOf(null, address))).toBe('2.01')
  }
  expect(await answerTo(peerOf(null), { isUnsecuredAllowed: () => true })).toBe('2.01')
})

test('an endpoint that cannot be opened closes those before it', async () => {
  const ports: number[] = []
  const starting = startLwm2m(recordedDesk([]), {
    endpoints: [
      async (handlers) => {
        const endpoint = await openUdpEndpoint({ ...handlers, host: '127.0.0.1', port: 0 })
        ports.push(endpoint.port)
        return endpoint
      },
      (handlers) => openUdpEndpoint({ ...handlers, host: '127.0.0.1', port: ports[0]! }),
    ],
  })
  await expect(starting).rejects.toThrow('EADDRINUSE')
  const again = await openUdpEndpoint({
    host: '127.0.0.1',
    port: ports[0]!,
    onRequest: () => Promise.reject(new Error('nobody asks')),
    onDefect: () => undefined,
  })
  await again.close()
})
