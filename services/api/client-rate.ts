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

/** The network address that the request came from. */
export function clientOf(request: Request): string {
  return request.socket.remoteAddress ?? ''
}
