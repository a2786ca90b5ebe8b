import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { isInstalled, runProgram } from './program-run.ts'
import { openDtlsEndpoint } from './dtls-endpoint.ts'
import type { CoapEndpoint } from './endpoint.ts'
import { bareResponse } from './meaning.ts'

const PSK = Buffer.from('secretPSK1234567')

const opened: { close: () => unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(): Promise<CoapEndpoint> {
  const endpoint = await openDtlsEndpoint({
    host: '127.0.0.1',
    port: 0,
    pskOf: (identity) => (identity === 'meter-1' ? PSK : null),
    onRequest: async ({ identity }, { method, payload }) => {
      const body = method === 'GET' ? Buffer.from(`hello ${identity}`) : Buffer.from(payload).reverse()
      return { ...bareResponse('2.05'), payload: body }
    },
    onDefect: (error) => expect.unreachable(String(error)),
  })
  opened.push(endpoint)
  return endpoint
}

/** Carries datagrams between one client and a port, and loses some of those to the client by their number. */
async function openLossyRelay(port: number, lost: readonly number[]): Promise<number> {
  const [front, back] = [createSocket('udp4'), createSocket('udp4')]
  for (const socket of [front, back]) opened.push({ close: () => socket.close() })
  back.connect(port, '127.0.0.1')
  front.bind(0, '127.0.0.1')
  await Promise.all([once(front, 'listening'), once(back, 'connect')])
  let client: RemoteInfo | null = null
  let count = 0
  front.on('message', (bytes: Buffer, from: RemoteInfo) => {
    client = from
    back.send(bytes)
  })
  back.on('message', (bytes: Buffer) => {
    if (!lost.includes(count++)) front.send(bytes, client!.port, client!.address)
  })
  return front.address().port
}

/** A configuration with which OpenSSL leaves the extended master secret out. */
async function withoutExtendedMasterSecret(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'openssl-'))
  opened.push({ close: () => rm(folder, { recursive: true }) })
  const file = join(folder, 'openssl.cnf')
  const lines = [
    'openssl_conf=a',
    '[a]',
    'ssl_conf=b',
    '[b]',
    'system_default=c',
    '[c]',
    'Options=-ExtendedMasterSecret',
  ]
  await writeFile(file, lines.join('\n'))
  return file
}

function opensslArgs(port: number, psk = PSK, identity = 'meter-1'): string[] {
  const key = ['-psk', psk.toString('hex'), '-psk_identity', identity]
  return ['s_client', '-dtls1_2', '-connect', `127.0.0.1:${port}`, ...key, '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0']
}

describe('openssl s_client', () => {
  test('completes a handshake with the extended master secret', async ({ skip }) => {
    skip(!isInstalled('openssl'), 'openssl is not installed')
    const { port } = await open()
    const { output } = await runProgram('openssl', opensslArgs(port), { until: /Extended master secret: \w+\n/ })
    expect(output).toContain('New, TLSv1.2, Cipher is PSK-AES128-CCM8')
    expect(output).toContain('Secure Renegotiation IS supported')
    expect(output).toContain('Extended master secret: yes')
  })

  test('completes it without the extended master secret', async ({ skip }) => {
    skip(!isInstalled('openssl'), 'openssl is not installed')
    const { port } = await open()
    const env = { OPENSSL_CONF: await withoutExtendedMasterSecret() }
    const { output } = await runProgram('openssl', opensslArgs(port), { until: /Extended master secret: \w+\n/, env })
    expect(output).toContain('Extended master secret: no')
  })

  test('completes it where our flights are lost once each', async ({ skip }) => {
    skip(!isInstalled('openssl'), 'openssl is not installed')
    const port = await openLossyRelay((await open()).port, [1, 3])
    const { output } = await runProgram('openssl', opensslArgs(port), { until: /Extended master secret: \w+\n/ })
    expect(output).toContain('New, TLSv1.2, Cipher is PSK-AES128-CCM8')
  })

  test('is refused alike for a wrong key and an unknown identity', async ({ skip }) => {
    skip(!isInstalled('openssl'), 'openssl is not installed')
    const { port } = await open()
    for (const args of [opensslArgs(port, Buffer.alloc(16, 1)), opensslArgs(port, PSK, 'nobody')]) {
      expect((await runProgram('openssl', args)).output).toContain('alert decrypt error')
    }
  })
})

describe.each(['coap-client-openssl', 'coap-client-gnutls'])('%s', (program) => {
  const ask = (port: number, args: readonly string[], key = PSK.toString(), path = 'x') =>
    runProgram(program, ['-B', '5', '-u', 'meter-1', '-k', key, ...args, `coaps://127.0.0.1:${port}/${path}`])

  test('gets an answer under its identity', async ({ skip }) => {
    skip(!isInstalled(program), `${program} is not installed (Debian package libcoap3-bin)`)
    expect((await ask((await open()).port, [])).output).toContain('hello meter-1')
  })

  test('sends and gets a body in blocks', async ({ skip }) => {
    skip(!isInstalled(program), `${program} is not installed (Debian package libcoap3-bin)`)
    const body = Array.from({ length: 900 }, (_, number) => String(number)).join('.')
    const { output } = await ask((await open()).port, ['-m', 'post', '-e', body])
    expect(output).toContain([...body].reverse().join(''))
  })

  test('is refused with a wrong key', async ({ skip }) => {
    skip(!isInstalled(program), `${program} is not installed (Debian package libcoap3-bin)`)
    expect((await ask((await open()).port, [], 'another')).output).toMatch(/decrypt error/i)
  })
})
