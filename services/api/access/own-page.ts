import type { CookieOptions, Request, RequestHandler, Response } from 'express'
import { DomainError } from '../../domain/errors.ts'

/** Only a page of this server can set it: a foreign one would have to ask first (CORS), and nobody answers. */
export const OWN_PAGE_HEADER = 'x-commonwatt'

const BEARER = /^Bearer +([\w-]{1,200})$/i

/** How a browser calls this server. `publicOrigin` is where a proxy takes requests that come under its name. */
export function originOf(request: Request, publicOrigin: string | undefined): string {
  const host = (request.headers.host ?? '').toLowerCase()
  if (publicOrigin !== undefined && host === new URL(publicOrigin).host) return publicOrigin
  return `http://${host}`
}

/** Refuses what a page of another site made a browser send: no such request changes anything. */
export function requireOwnPage(publicOrigin: string | undefined): RequestHandler {
  return (request, _response, next) => {
    const { origin } = request.headers
    const site = request.headers['sec-fetch-site']
    const isForeign =
      request.headers[OWN_PAGE_HEADER] !== '1' ||
      (origin !== undefined && origin !== originOf(request, publicOrigin)) ||
      (site !== undefined && site !== 'same-origin')
    if (isForeign) {
      throw new DomainError('foreign-page', 'the request does not come from a page of this server, or does not say so')
    }
    next()
  }
}

/** The token of the sign-in cookie; null without one. */
export function readToken(request: Request, publicOrigin: string | undefined): string | null {
  const name = cookieNameOf(originOf(request, publicOrigin))
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return null
}

/** The key that a machine shows; null where it shows none. */
export function readBearer(request: Request): string | null {
  const { authorization } = request.headers
  if (authorization === undefined) return null
  return BEARER.exec(authorization)?.[1] ?? ''
}

export function setToken(
  request: Request,
  response: Response,
  token: { readonly value: string; readonly seconds: number } | null,
  publicOrigin: string | undefined,
): void {
  const origin = originOf(request, publicOrigin)
  const options: CookieOptions = { httpOnly: true, sameSite: 'strict', path: '/', secure: isSecure(origin) }
  if (token === null) response.clearCookie(cookieNameOf(origin), options)
  else response.cookie(cookieNameOf(origin), token.value, { ...options, maxAge: token.seconds * 1_000 })
}

/**
 * `__Host-` holds a cookie to this very host, and browsers take it over https alone. On the own machine's http the name
 * carries the port instead, since cookies do not tell ports apart: two markets on one machine keep their own.
 */
function cookieNameOf(origin: string): string {
  return isSecure(origin) ? '__Host-commonwatt' : `commonwatt-${new URL(origin).port || '80'}`
}

function isSecure(origin: string): boolean {
  return origin.startsWith('https:')
}
