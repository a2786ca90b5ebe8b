import { json, type RequestHandler } from 'express'
import { DomainError } from '../domain/errors.ts'

/** Reads a JSON body of at most `limitBytes`; refuses another type as `body-type-unsupported`. */
export function jsonBody(limitBytes: number): RequestHandler {
  const read = json({ limit: limitBytes, inflate: false, type: 'application/json' })
  return (request, response, next) => {
    if (!request.is('application/json')) {
      throw new DomainError('body-type-unsupported', 'the body is missing, or its Content-Type is not application/json')
    }
    read(request, response, next)
  }
}
