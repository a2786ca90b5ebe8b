import type { ErrorRequestHandler, RequestHandler } from 'express'
import { DomainError } from '../domain/errors.ts'
import type { Log } from '../runtime/log.ts'
import { problemKindOf } from './problem-kinds.ts'
import type { FieldError } from './request-part.ts'
import type { FileFaults, Problem } from './schemas/problem.ts'
import type { Receipt } from './schemas/receipt.ts'

/** The RFC 9457 document of a refusal. */
export function problemOf(error: DomainError): Problem {
  const { status, title, advice } = problemKindOf(error)
  const errors = error.details.errors as FieldError[] | undefined
  const receipt = error.details.receipt as Receipt | undefined
  const faults = error.details.faults as FileFaults | undefined
  return {
    type: `urn:commonwatt:problem:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    advice,
    ...(errors === undefined ? {} : { errors: errors.map((entry) => ({ ...entry })) }),
    ...(receipt === undefined ? {} : { receipt }),
    ...(faults === undefined ? {} : { faults }),
  }
}

/** Refuses whatever no route has answered. */
export const refuseUnknown: RequestHandler = (request) => {
  throw new DomainError('resource-unknown', `there is no ${request.method} ${request.path.slice(0, 200)}`)
}

/** The one handler of everything thrown: refusals become problem documents, the rest is a defect and is logged. */
export function handleProblems(log: Log, isDatabaseUnreachable: (error: unknown) => boolean): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) {
      next(thrown)
      return
    }
    const refusal = refusalOf(thrown, isDatabaseUnreachable)
    if (refusal === null) log.error({ err: thrown, method: request.method, path: request.path }, 'request failed')
    const problem = problemOf(refusal ?? new DomainError('internal-error', 'something went wrong that should not have'))
    if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer')
    if (problem.status === 429 || problem.status === 503) response.set('Retry-After', '1')
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
  }
}

function refusalOf(thrown: unknown, isDatabaseUnreachable: (error: unknown) => boolean): DomainError | null {
  if (thrown instanceof DomainError) return thrown
  if (isDatabaseUnreachable(thrown)) return new DomainError('database-unreachable', 'the database does not answer')
  return frameworkRefusalOf(thrown)
}

/** What Express and its body parser throw at a request that they do not understand. */
function frameworkRefusalOf(thrown: unknown): DomainError | null {
  const { status, type } = thrown as { status?: unknown; type?: unknown }
  if (typeof status !== 'number' || status < 400 || status > 499) return null
  switch (type) {
    case 'entity.too.large':
      return new DomainError('body-too-large', 'the body is larger than this resource accepts')
    case 'entity.parse.failed':
    case 'request.aborted':
    case 'request.size.invalid':
      return new DomainError('body-not-json', 'the body cannot be read as JSON')
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new DomainError('body-type-unsupported', "the body's character set or compression is not supported")
    default:
      return new DomainError('request-malformed', 'the address or the headers cannot be read')
  }
}
