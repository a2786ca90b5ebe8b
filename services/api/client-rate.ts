import type { Request } from 'express'
import { DomainError } from '../domain/errors.ts'
import { createOrderRate, type OrderRate } from './order-rate.ts'

/** Makes a guard that throws `code` where what `nameOf` tells apart comes faster than it is taken. */
export function createRateLimit<Subject>(
  rate: OrderRate,
  code: string,
  nameOf: (subject: Subject) => string,
): (subject: Subject) => void {
  const isWelcome = createOrderRate(rate)
  return (subject) => {
    if (isWelcome(nameOf(subject), 1, performance.now())) return
    throw new DomainError(code, 'requests come faster than they are taken')
  }
}

/** As long as an IPv6 address with a port and a zone. */
const LONGEST_ADDRESS = 100

/**
 * Makes what tells the network address that a request came from. A request under the host of `publicOrigin` came through
 * the one proxy in front of this server, which wrote the last entry of X-Forwarded-For; anybody may have written the others.
 */
export function createClientOf(publicOrigin: string | undefined): (request: Request) => string {
  const publicHost = publicOrigin === undefined ? null : new URL(publicOrigin).host
  return ({ headers, socket }) => {
    const own = socket.remoteAddress ?? ''
    if (publicHost === null || (headers.host ?? '').toLowerCase() !== publicHost) return own
    const forwarded = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .at(-1)!
      .trim()
    return forwarded === '' || forwarded.length > LONGEST_ADDRESS ? own : forwarded
  }
}
