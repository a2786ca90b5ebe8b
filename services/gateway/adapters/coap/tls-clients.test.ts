import { afterEach, describe, expect, test } from 'vitest'
import { isInstalled, runProgram } from './program-run.ts'
import { closeAll, open, PSK } from './tls-world.ts'

afterEach(closeAll)

describe.each(['coap-client-openssl', 'coap-client-gnutls'])('%s over TLS', (program) => {
  test('gets an answer, and sends a body', async ({ skip }) => {
    skip(!isInstalled(program), `${program} is not installed (Debian package libcoap3-bin)`)
    const { port } = await open()
    const args = ['-B', '5', '-u', 'meter-1', '-k', PSK.toString()]
    const uri = `coaps+tcp://127.0.0.1:${port}/x`
    expect((await runProgram(program, [...args, uri])).output).toContain('hello meter-1')
    const body = Array.from({ length: 900 }, (_, number) => String(number)).join('.')
    const { output } = await runProgram(program, [...args, '-m', 'post', '-e', body, uri])
    expect(output).toContain([...body].reverse().join(''))
  })
})

test('openssl s_client completes a handshake over TLS', async ({ skip }) => {
  skip(!isInstalled('openssl'), 'openssl is not installed')
  const { port } = await open()
  const key = ['-psk', PSK.toString('hex'), '-psk_identity', 'meter-1', '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0']
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', ...key]
  const { output } = await runProgram('openssl', args, { until: /Extended master secret: \w+\n/ })
  expect(output).toContain('New, TLSv1.2, Cipher is PSK-AES128-CCM8')
})
