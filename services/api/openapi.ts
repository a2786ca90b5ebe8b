import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { z } from 'zod'
import { health } from './schemas/health.ts'
import {
  household,
  householdListQuery,
  householdOrdersPage,
  householdPage,
  householdPath,
  householdPeriodPage,
  householdPeriodsQuery,
  householdSummary,
  householdSummaryQuery,
} from './schemas/households.ts'
import {
  blockDetail,
  ledgerIdentity,
  blockPage,
  blockPath,
  blockQuery,
  eventPage,
  eventQuery,
  trace,
  tracePath,
  transaction,
  transactionPath,
} from './schemas/ledger.ts'
import { neighbourhood } from './schemas/neighbourhood.ts'
import {
  order,
  orderBatchResult,
  orderPath,
  placedOrder,
  placeOrderBatchRequest,
  placeOrderRequest,
} from './schemas/orders.ts'
import { problem } from './schemas/problem.ts'
import { refusalPage, refusalQuery } from './schemas/refusals.ts'
import { session, sessionPage, sessionPath, sessionQuery } from './schemas/sessions.ts'
import { healthEvent, projectionEvent } from './schemas/stream.ts'

const problemContent = { 'application/problem+json': { schema: problem } }

type Answered = {
  id: string
  summary: string
  description?: string
  path?: z.ZodObject
  query?: z.ZodObject
  answer: z.ZodType
}

function getOf({ id, summary, description, path, query, answer }: Answered): ZodOpenApiOperationObject {
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

const SEALED =
  "Orders are sealed until gate closure: before it, only the holder of an order's digest can see it. " +
  'This version does not know who asks, so nobody else sees more than that an order exists.'

const refusals = {
  400: { description: 'order-malformed, order-invalid, body-not-json.', content: problemContent },
  403: { description: 'order-signature-invalid, order-not-a-member, order-member-inactive.', content: problemContent },
  409: { description: 'order-already-placed, gate-closed.', content: problemContent },
  413: { description: 'body-too-large.', content: problemContent },
  415: { description: 'body-type-unsupported.', content: problemContent },
  422: {
    description:
      'order-over-limit, order-uncovered, price-out-of-range, price-off-tick, area-unknown, period-not-traded.',
    content: problemContent,
  },
  429: { description: 'too-many-orders.', content: problemContent },
  default: { description: 'Something is not well.', content: problemContent },
}

const paths: ZodOpenApiPathsObject = {
  '/health': {
    get: {
      operationId: 'getHealth',
      summary: 'Which part is well, and which is not.',
      responses: {
        200: { description: 'All is well.', content: { 'application/json': { schema: health } } },
        503: {
          description: 'Something is not well: `problems` says what.',
          content: { 'application/json': { schema: health } },
        },
      },
    },
  },
  '/api/neighbourhood': {
    get: getOf({ id: 'getNeighbourhood', summary: 'The neighbourhood now.', answer: neighbourhood }),
  },
  '/api/sessions': {
    get: getOf({ id: 'listSessions', summary: 'Sessions, newest first.', query: sessionQuery, answer: sessionPage }),
  },
  '/api/sessions/{period}': {
    get: getOf({
      id: 'getSession',
      summary: 'One session with its fills and its settlement.',
      path: sessionPath,
      answer: session,
    }),
  },
  '/api/households': {
    get: getOf({ id: 'listHouseholds', summary: 'Households.', query: householdListQuery, answer: householdPage }),
  },
  '/api/households/{memberId}': {
    get: getOf({ id: 'getHousehold', summary: 'One household.', path: householdPath, answer: household }),
  },
  '/api/households/{memberId}/periods': {
    get: getOf({
      id: 'listHouseholdPeriods',
      summary: "A household's delivery periods, newest first.",
      path: householdPath,
      query: householdPeriodsQuery,
      answer: householdPeriodPage,
    }),
  },
  '/api/households/{memberId}/summary': {
    get: getOf({
      id: 'getHouseholdSummary',
      summary: 'What a household paid, against the tariff alone.',
      path: householdPath,
      query: householdSummaryQuery,
      answer: householdSummary,
    }),
  },
  '/api/households/{memberId}/orders': {
    get: getOf({
      id: 'listHouseholdOrders',
      summary: "A household's orders by delivery period, newest first.",
      description: SEALED,
      path: householdPath,
      query: householdPeriodsQuery,
      answer: householdOrdersPage,
    }),
  },
  '/api/orders': {
    post: {
      operationId: 'placeOrder',
      summary: 'Place a signed order.',
      description:
        'The order is checked, kept and sealed until its gate closes. Sent again, it is refused as `order-already-placed`, without effect.',
      requestBody: { required: true, content: { 'application/json': { schema: placeOrderRequest } } },
      responses: {
        202: {
          description: 'Received. `Location` is where its state can be asked for.',
          headers: { Location: { schema: { type: 'string' }, description: '`/api/orders/` and the digest.' } },
          content: { 'application/json': { schema: placedOrder } },
        },
        ...refusals,
      },
    },
  },
  '/api/order-batches': {
    post: {
      operationId: 'placeOrderBatch',
      summary: 'Place up to 500 signed orders, each accepted or refused by itself.',
      requestBody: { required: true, content: { 'application/json': { schema: placeOrderBatchRequest } } },
      responses: {
        200: { description: 'A result for each order.', content: { 'application/json': { schema: orderBatchResult } } },
        400: { description: 'batch-malformed, body-not-json.', content: problemContent },
        413: refusals[413],
        415: refusals[415],
        429: refusals[429],
        default: refusals.default,
      },
    },
  },
  '/api/orders/{digest}': {
    get: getOf({ id: 'getOrder', summary: 'State of an order.', description: SEALED, path: orderPath, answer: order }),
  },
  '/api/ledger': {
    get: getOf({
      id: 'getLedger',
      summary: 'Which ledger this is, and how orders and readings are signed for it.',
      answer: ledgerIdentity,
    }),
  },
  '/api/ledger/blocks': {
    get: getOf({ id: 'listBlocks', summary: 'Blocks, newest first.', query: blockQuery, answer: blockPage }),
  },
  '/api/ledger/blocks/{number}': {
    get: getOf({ id: 'getBlock', summary: 'One block with its transactions.', path: blockPath, answer: blockDetail }),
  },
  '/api/ledger/transactions/{hash}': {
    get: getOf({
      id: 'getTransaction',
      summary: 'One transaction with its events.',
      path: transactionPath,
      answer: transaction,
    }),
  },
  '/api/ledger/events': {
    get: getOf({ id: 'listEvents', summary: 'Events, newest first.', query: eventQuery, answer: eventPage }),
  },
  '/api/ledger/trace/{period}/{memberId}': {
    get: getOf({
      id: 'getTrace',
      summary: "A member's quarter-hour from order to payment.",
      description: SEALED,
      path: tracePath,
      answer: trace,
    }),
  },
  '/api/refusals': {
    get: getOf({
      id: 'listRefusals',
      summary: 'Refused meter messages, newest first.',
      query: refusalQuery,
      answer: refusalPage,
    }),
  },
  '/api/stream': {
    get: {
      operationId: 'getStream',
      summary: 'Server-sent events.',
      description:
        '`projection` events carry a ProjectionEvent, `health` events a HealthEvent, as JSON. A comment every 15 seconds ' +
        'keeps the connection. Nothing is replayed: after a reconnection, read again.',
      responses: {
        200: { description: 'An endless stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
        503: { description: 'too-many-streams.', content: problemContent },
      },
    },
  },
  '/api/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      summary: 'This document.',
      responses: {
        200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
  },
}

/** The OpenAPI 3.1 document of the api, made from the schemas that check its requests. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Commonwatt',
      version: '0.1.0',
      description:
        'A local electricity market. Energy is in Wh, money in micro-euro, prices in micro-euro per kWh, all as decimal ' +
        "text; times are unix seconds by the ledger's clock; a delivery period is unix seconds / 900.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas: { ProjectionEvent: projectionEvent, HealthEvent: healthEvent } },
  })
}
