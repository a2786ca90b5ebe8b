import type { Request, Response } from 'express'
import { describe, expect, test, vi } from 'vitest'
import { originOf, readBearer, readToken, requireOwnPage, setToken } from './own-page.ts'

const PUBLIC = 'https://market.example'
const LOCAL = { host: '127.0.0.1:8420' }
const PROXIED = { host: 'market.example' }

const requestWith = (headers: Record<string, string>) => ({ headers }) as unknown as Request

describe('originOf', () => {
  test('is the own machine by http, and the proxy by its public origin alone', () => {
    expect(originOf(requestWith(LOCAL), PUBLIC)).toBe('http://127.0.0.1:8420')
    expect(originOf(requestWith(PROXIED), PUBLIC)).toBe(PUBLIC)
    expect(originOf(requestWith({ host: 'market.example:8420' }), PUBLIC)).toBe('http://market.example:8420')
    expect(originOf(requestWith(PROXIED), undefined)).toBe('http://market.example')
  })
})

describe('the cookie of a sign-in', () => {
  const kept = (headers: Record<string, string>) => {
    const cookie = vi.fn()
    setToken(requestWith(headers), { cookie } as unknown as Response, { value: 'abc', seconds: 60 }, PUBLIC)
    return cookie.mock.calls[0] as [string, string, Record<string, unknown>]
  }

  test('is held to this very host under https', () => {
    const common = { httpOnly: true, sameSite: 'strict', path: '/', maxAge: 60_000 }
    expect(kept(PROXIED)).toEqual(['__Host-commonwatt', 'abc', { ...common, secure: true }])
    expect(kept(LOCAL)).toEqual(['commonwatt-8420', 'abc', { ...common, secure: false }])
  })

  test('is read under its own name alone', () => {
    const cookie = 'commonwatt-9000=other; commonwatt-8420=own; __Host-commonwatt=far'
    expect(readToken(requestWith({ ...LOCAL, cookie }), PUBLIC)).toBe('own')
    expect(readToken(requestWith({ ...PROXIED, cookie }), PUBLIC)).toBe('far')
    expect(readToken(requestWith({ host: 'localhost:1', cookie }), PUBLIC)).toBeNull()
    expect(readToken(requestWith(LOCAL), PUBLIC)).toBeNull()
  })
})

describe('requireOwnPage', () => {
  const check = (headers: Record<string, string>) => {
    const next = vi.fn()
    requireOwnPage(PUBLIC)(requestWith({ 'x-commonwatt': '1', ...headers }), {} as Response, next)
    return next.mock.calls.length
  }

  test('lets pass what comes from this server, as browsers call it', () => {
    expect(check(LOCAL)).toBe(1)
    expect(check({ ...LOCAL, origin: 'http://127.0.0.1:8420', 'sec-fetch-site': 'same-origin' })).toBe(1)
    expect(check({ ...PROXIED, origin: PUBLIC })).toBe(1)
  })

  test('refuses the same name by http, where the public one is https', () => {
    expect(() => check({ ...PROXIED, origin: 'http://market.example' })).toThrow(
      expect.objectContaining({ code: 'foreign-page' }),
    )
  })
})

test('a key is read out of a bearer header, and anything else in it is no key', () => {
  const bearerOf = (authorization: string) => readBearer(requestWith({ authorization }))
  expect(bearerOf('Bearer cw_abc-_9')).toBe('cw_abc-_9')
  expect(['Basic YTpi', 'Bearer', 'Bearer a b', `Bearer ${'a'.repeat(201)}`].map(bearerOf)).toEqual(['', '', '', ''])
  expect(readBearer(requestWith({}))).toBeNull()
})
