import type { z } from 'zod'
import type { ZodOpenApiOperationObject } from 'zod-openapi'
import type { HouseholdPart } from '../domain/identity/household-data.ts'
import { problem } from './schemas/problem.ts'

export const problemContent = { 'application/problem+json': { schema: problem } }

type Answered = {
  id: string
  summary: string
  description?: string
  path?: z.ZodObject
  query?: z.ZodObject
  answer: z.ZodType
}

/** A GET that answers with `answer`. */
export function getOf({ id, summary, description, path, query, answer }: Answered): ZodOpenApiOperationObject {
  const hasParameters = path !== undefined || query !== undefined
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(hasParameters ? { requestParams: { ...(path && { path }), ...(query && { query }) } } : {}),
    responses: {
      200: { description: 'Found.', content: { 'application/json': { schema: answer } } },
      ...(hasParameters ? { 400: { description: 'The request is not understood.', content: problemContent } } : {}),
      ...(path === undefined ? {} : { 404: { description: 'There is no such thing.', content: problemContent } }),
      default: { description: 'Something is not well.', content: problemContent },
    },
  }
}

/** The operation, where it can also be refused for what things are like now. */
export function withConflict(operation: ZodOpenApiOperationObject, codes: string): ZodOpenApiOperationObject {
  const conflict = { description: codes, content: problemContent }
  return { ...operation, responses: { ...operation.responses, 409: conflict } }
}

export const SEALED =
  'Orders are sealed until their session is cleared: before that nobody is shown what an order says, and only whoever ' +
  'knows its digest how it stands. When it came, and its receipt, only whoever may see the orders of its household is shown.'

/** Who is shown the part of a household's data: in words, what the access rules decide. */
export function shownTo(part: HouseholdPart): string {
  return (
    `Shown to the household's member, to whom the member let see its ${part}, and to roles whose work needs it; ` +
    'else not-signed-in, household-not-shown or api-key-scope-missing.'
  )
}

/** The operation, where it is not shown to everybody. */
export function withAccess(operation: ZodOpenApiOperationObject, description: string): ZodOpenApiOperationObject {
  return {
    ...operation,
    description: operation.description === undefined ? description : `${operation.description} ${description}`,
    security: [{ cookie: [] }, { apiKey: [] }],
    responses: {
      ...operation.responses,
      401: { description: 'not-signed-in, api-key-invalid.', content: problemContent },
      403: { description: 'household-not-shown, role-missing, api-key-scope-missing.', content: problemContent },
    },
  }
}

/** What an order can be refused with. */
export const refusals = {
  400: { description: 'order-malformed, order-invalid, body-not-json.', content: problemContent },
  403: {
    description: 'order-signature-invalid, order-not-a-member, order-key-revoked, order-outside-delegation.',
    content: problemContent,
  },
  409: {
    description:
      'order-already-placed (before gate closure with the receipt again), order-superseded, gate-closed, session-not-open.',
    content: problemContent,
  },
  413: { description: 'body-too-large.', content: problemContent },
  415: { description: 'body-type-unsupported.', content: problemContent },
  422: {
    description:
      'order-over-limit, order-over-allowance, order-expired, price-out-of-range, price-off-tick, area-unknown, ' +
      'period-not-traded.',
    content: problemContent,
  },
  429: { description: 'too-many-orders.', content: problemContent },
  default: { description: 'Something is not well.', content: problemContent },
}

const OWN_PAGE =
  'Only from a page of this server, or from a program that sends the header `X-Commonwatt: 1`: else `foreign-page`.'

type Write = {
  id: string
  summary: string
  description?: string
  path?: z.ZodObject
  body?: z.ZodType
  /** 204 without one. */
  answer?: { status: '200' | '201' | '202'; schema: z.ZodType }
  refused?: string
  conflict?: string
}

/** A call that changes something. */
export function writeOf({
  id,
  summary,
  description = '',
  path,
  body,
  answer,
  refused,
  conflict,
}: Write): ZodOpenApiOperationObject {
  const content = (schema: z.ZodType) => ({ 'application/json': { schema } })
  return {
    operationId: id,
    summary,
    description: `${description} ${OWN_PAGE}`.trim(),
    ...(path === undefined ? {} : { requestParams: { path } }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body) } }),
    responses: {
      ...(answer === undefined
        ? { 204: { description: 'Done.' } }
        : { [answer.status]: { description: 'Done.', content: content(answer.schema) } }),
      ...(body === undefined && path === undefined
        ? {}
        : { 400: { description: 'The request is not understood.', content: problemContent } }),
      401: { description: 'not-signed-in, api-key-invalid.', content: problemContent },
      403: { description: refused ?? 'foreign-page, sign-in-needed.', content: problemContent },
      ...(path === undefined ? {} : { 404: { description: 'There is no such thing.', content: problemContent } }),
      ...(conflict === undefined ? {} : { 409: { description: conflict, content: problemContent } }),
      429: { description: 'too-many-sign-ins, too-many-challenges.', content: problemContent },
      default: { description: 'Something is not well.', content: problemContent },
    },
  }
}
