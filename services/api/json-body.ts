import { json, type RequestHandler } from 'express'
import { DomainError } from '../domain/errors.ts'

/** U+0000, which no text that is kept can have, as JSON writes it. */
const NUL = '\\u0000'

/** Reads a JSON body of at most `limitBytes`; refuses another type as `body-type-unsupported`. */
export function jsonBody(limitBytes: number): RequestHandler {
  const verify = (_request: unknown, _response: unknown, body: Buffer) => {
    if (body.includes(NUL)) throw new DomainError('request-malformed', 'the body has the character U+0000 (NUL)')
  }
  const read = json({ limit: limitBytes, inflate: false, type: 'application/json', verify })
  return (request, response, next) => {
    if (!request.is('application/json')) {
      throw new DomainError('body-type-unsupported', 'the body is missing, or its Content-Type is not application/json')
    }
    read(request, response, next)
  }
}
