import type { Request } from 'express'
import { describe, expect, test } from 'vitest'
import { createClientOf, createRateLimit } from './client-rate.ts'

test('a rate limit counts each client by itself, and says which it is that was exceeded', () => {
  const require = createRateLimit({ perSecond: 0.001, burst: 2 }, 'too-many-sign-ins', (client: string) => client)
  require('one')
  require('one')
  expect(() => require('one')).toThrow(expect.objectContaining({ code: 'too-many-sign-ins' }))
  expect(() => require('other')).not.toThrow()
})

describe('the client of a request', () => {
  const PUBLIC = 'https://market.example'
  const PROXIED = { host: 'Market.Example' }
  const requestWith = (headers: Record<string, string>) =>
    ({ headers, socket: { remoteAddress: '127.0.0.1' } }) as unknown as Request
  const forwarded = (text: string, headers: Record<string, string> = PROXIED) =>
    requestWith({ ...headers, 'x-forwarded-for': text })

  test('is whom the proxy names last, so that two behind it do not use up the rate of each other', () => {
    const require = createRateLimit({ perSecond: 0.001, burst: 1 }, 'too-many-sign-ins', createClientOf(PUBLIC))
    require(forwarded('192.0.2.1'))
    // Whatever it says of itself before.
    for (const text of ['192.0.2.1', '192.0.2.9, 192.0.2.1', 'x,192.0.2.1 ']) {
      expect(() => require(forwarded(text))).toThrow(expect.objectContaining({ code: 'too-many-sign-ins' }))
    }
    expect(() => require(forwarded('192.0.2.2'))).not.toThrow()
  })

  test.each([
    ['without a public origin', undefined, forwarded('192.0.2.1')],
    ['under another host', PUBLIC, forwarded('192.0.2.1', { host: '127.0.0.1:8420' })],
    ['under another port', PUBLIC, forwarded('192.0.2.1', { host: 'market.example:8420' })],
    ['where the proxy names nobody', PUBLIC, requestWith(PROXIED)],
    ['where the last name is empty', PUBLIC, forwarded('192.0.2.1,')],
    ['where the last name is no address for its length', PUBLIC, forwarded('1'.repeat(101))],
  ])('is the other end of the connection %s', (_, publicOrigin, request) => {
    expect(createClientOf(publicOrigin)(request)).toBe('127.0.0.1')
  })
})
