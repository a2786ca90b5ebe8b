import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { ClientHello } from './client-hello.ts'
import { uintBytes, vectorBytes } from './wire.ts'

/** Proves that a client receives at its address, without a memory of it (RFC 6347 section 4.2.1). */
export type CookieJar = {
  readonly cookieFor: (address: string, hello: ClientHello) => Buffer
  readonly isValid: (address: string, hello: ClientHello) => boolean
}

type Secrets = { readonly current: KeyObject; readonly previous: KeyObject; readonly drawnAtMs: number }

const COOKIE_BYTES = 16
/** A cookie is good for one to two of these. */
const SECRET_MS = 60_000

export function createCookieJar(nowMs: () => number, random: (size: number) => Buffer): CookieJar {
  const draw = (): KeyObject => createSecretKey(random(32))
  let secrets: Secrets = { current: draw(), previous: draw(), drawnAtMs: nowMs() }

  const rotated = (): Secrets => {
    const age = nowMs() - secrets.drawnAtMs
    if (age < SECRET_MS) return secrets
    const previous = age < 2 * SECRET_MS ? secrets.current : draw()
    secrets = { current: draw(), previous, drawnAtMs: nowMs() }
    return secrets
  }

  return {
    cookieFor: (address, hello) => cookieOf(rotated().current, address, hello),
    isValid: (address, hello) => {
      if (hello.cookie.length !== COOKIE_BYTES) return false
      const { current, previous } = rotated()
      return [current, previous].some((secret) => timingSafeEqual(hello.cookie, cookieOf(secret, address, hello)))
    },
  }
}

function cookieOf(secret: KeyObject, address: string, hello: ClientHello): Buffer {
  const bound = Buffer.concat([
    vectorBytes(Buffer.from(address, 'utf8'), 1),
    uintBytes(hello.version, 2),
    hello.random,
    vectorBytes(hello.sessionId, 1),
    vectorBytes(hello.compressionMethods, 1),
    ...hello.cipherSuites.map((suite) => uintBytes(suite, 2)),
  ])
  return createHmac('sha256', secret).update(bound).digest().subarray(0, COOKIE_BYTES)
}
