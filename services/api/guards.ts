import type { RequestHandler } from 'express'
import { DomainError } from '../domain/errors.ts'

/** Names by which this server is called on its own machine. */
export const LOCAL_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']

/** Refuses requests that came under another name, as a page of a foreign site makes them by rebinding its own. */
export function requireHost(allowed: readonly string[]): RequestHandler {
  const names = new Set(allowed)
  return (request, _response, next) => {
    const host = request.headers.host ?? ''
    const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
    if (!names.has(name)) {
      throw new DomainError('host-not-allowed', `this server is not called ${JSON.stringify(host.slice(0, 100))}`)
    }
    next()
  }
}

/** U+0000 is no part of any path or query, and no text that is kept can have it. */
export const refuseNul: RequestHandler = (request, _response, next) => {
  if (request.url.includes('%00'))
    throw new DomainError('request-malformed', 'the address has the character U+0000 (NUL)')
  next()
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers that every answer carries. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  })
  next()
}

/** What changes with every block is never kept by a browser. */
export const neverStored: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}
