import type { ErrorRequestHandler } from 'express'
import { DomainError } from '../../domain/errors.ts'
import { problemOf } from '../problem.ts'

const ERRORS = 'https://uri.etsi.org/ngsi-ld/errors/'
/** Under the names of NGSI-LD; what it has no name for keeps the api's. */
const TYPES: Readonly<Record<string, string>> = {
  'request-malformed': 'BadRequestData',
  'entity-unknown': 'ResourceNotFound',
  'too-many-results': 'TooManyResults',
  'format-not-acceptable': 'InvalidRequest',
}

/** Refusals as clients of NGSI-LD know them; everything else goes to the api's one handler. */
export const refuseAsNgsiLd: ErrorRequestHandler = (thrown: unknown, _request, response, next) => {
  const type = thrown instanceof DomainError ? TYPES[thrown.code] : undefined
  if (type === undefined || response.headersSent) return next(thrown)
  const { status, title, detail } = problemOf(thrown as DomainError)
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: `${ERRORS}${type}`, title, status, detail }))
}
