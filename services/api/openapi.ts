import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi'
import { accountPaths } from './openapi-account.ts'
import { devicePaths } from './openapi-devices.ts'
import { flexibilityPaths } from './openapi-flexibility.ts'
import { identityPaths } from './openapi-identities.ts'
import { joiningPaths } from './openapi-joining.ts'
import { ownDataPaths } from './openapi-own-data.ts'
import { getOf, problemContent, refusals, SEALED, shownTo, withAccess, withConflict } from './openapi-operations.ts'
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
import { relayedTransaction, relayRequest } from './schemas/relay.ts'
import { session, sessionPage, sessionPath, sessionQuery } from './schemas/sessions.ts'
import { challengePage, challengeQuery, settlementRunPage, settlementRunQuery } from './schemas/settlement.ts'
import {
  callEvidence,
  challengePath,
  dayStatementDetail,
  dayStatementList,
  statementPath,
  statementsPath,
  statementsQuery,
} from './schemas/statements.ts'
import { healthEvent, projectionEvent } from './schemas/stream.ts'

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
    get: withAccess(
      getOf({ id: 'listHouseholds', summary: 'Households.', query: householdListQuery, answer: householdPage }),
      'Those alone of which you may see the membership; else not-signed-in.',
    ),
  },
  '/api/households/{memberId}': {
    get: withAccess(
      getOf({ id: 'getHousehold', summary: 'One household.', path: householdPath, answer: household }),
      shownTo('membership'),
    ),
  },
  '/api/households/{memberId}/periods': {
    get: withAccess(
      getOf({
        id: 'listHouseholdPeriods',
        summary: "A household's delivery periods, newest first.",
        path: householdPath,
        query: householdPeriodsQuery,
        answer: householdPeriodPage,
      }),
      shownTo('quarter-hours'),
    ),
  },
  '/api/households/{memberId}/summary': {
    get: withAccess(
      getOf({
        id: 'getHouseholdSummary',
        summary: 'What a household paid, against the tariff alone.',
        path: householdPath,
        query: householdSummaryQuery,
        answer: householdSummary,
      }),
      shownTo('statements'),
    ),
  },
  '/api/households/{memberId}/orders': {
    get: withAccess(
      getOf({
        id: 'listHouseholdOrders',
        summary: "A household's orders by delivery period, newest first.",
        description: SEALED,
        path: householdPath,
        query: householdPeriodsQuery,
        answer: householdOrdersPage,
      }),
      shownTo('orders'),
    ),
  },
  '/api/orders': {
    post: {
      operationId: 'placeOrder',
      summary: 'Place a signed order.',
      description:
        'The order is checked, kept and sealed until its session is cleared, and answered with a signed receipt, unless ' +
        'only a contract can verify it (see `way`). Until its gate closes an order of the same member, side and period ' +
        'with a greater salt replaces it, and one for 0 Wh cancels it. Sent ' +
        'again as it was signed, it is refused as `order-already-placed`, without effect: a lost answer is no lost order. The ' +
        'receipt comes with that until the gate closes, and then only by /api/orders/{digest}.',
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
  '/api/orders/{digest}/left-out-proof': {
    get: withAccess(
      withConflict(
        getOf({
          id: 'getLeftOutProof',
          summary: 'What proves on the ledger that an order with a receipt was left out of its session.',
          description:
            "The call of orderReceipts.proveLeftOut, for the order's member to sign. If it is right, the operator's bond " +
            'pays the member; if not, the stake is lost.',
          path: orderPath,
          answer: callEvidence,
        }),
        'order-not-left-out, evidence-incomplete.',
      ),
      shownTo('evidence'),
    ),
  },
  '/api/households/{memberId}/statements': {
    get: withAccess(
      getOf({
        id: 'listStatements',
        summary: "A household's day statements, by settlement run.",
        path: statementsPath,
        query: statementsQuery,
        answer: dayStatementList,
      }),
      shownTo('statements'),
    ),
  },
  '/api/households/{memberId}/statements/{day}/{run}': {
    get: withAccess(
      getOf({
        id: 'getStatement',
        summary: 'One day statement, period by period, with its proof.',
        path: statementPath,
        answer: dayStatementDetail,
      }),
      shownTo('statements'),
    ),
  },
  '/api/households/{memberId}/statements/{day}/{run}/challenge': {
    get: withAccess(
      withConflict(
        getOf({
          id: 'getStatementChallenge',
          summary: 'What a challenge of a statement as a whole needs.',
          description:
            'The call of challenges.challengeStatement, for the household to sign: the statement with its proof, the nodes ' +
            "of its periods' tree, and the payments of every run of the day so far, as the ledger's events tell them. The " +
            'contract computes the statement again from what it says of the periods, from earlier runs and from the ' +
            'payments: one that does not follow from them is corrected and the challenger paid; if it does, the stake is ' +
            'lost.',
          path: statementPath,
          answer: callEvidence,
        }),
        'statement-provisional, evidence-incomplete.',
      ),
      shownTo('evidence'),
    ),
  },
  '/api/households/{memberId}/statements/{day}/{run}/challenge/{period}': {
    get: withAccess(
      withConflict(
        getOf({
          id: 'getPeriodChallenge',
          summary: 'What a challenge of one period of a statement needs.',
          description:
            'The call of challenges.challengePeriod, for the household to sign. The contract recomputes the period: a ' +
            'statement that is wrong is corrected and the challenger paid; if it is right, the stake is lost.',
          path: challengePath,
          answer: callEvidence,
        }),
        'statement-provisional, session-not-cleared, evidence-incomplete.',
      ),
      shownTo('evidence'),
    ),
  },
  '/api/settlement-runs': {
    get: getOf({
      id: 'listSettlementRuns',
      summary: 'Settlement runs on the ledger, newest first.',
      query: settlementRunQuery,
      answer: settlementRunPage,
    }),
  },
  '/api/challenges': {
    get: getOf({
      id: 'listChallenges',
      summary: 'What became of challenges, newest first.',
      query: challengeQuery,
      answer: challengePage,
    }),
  },
  '/api/ledger': {
    get: getOf({
      id: 'getLedger',
      summary: 'Which ledger this is, and how orders, receipts and readings are signed for it.',
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
  '/api/ledger/transactions': {
    post: {
      operationId: 'relayTransaction',
      summary: 'Hand a signed transaction to the ledger.',
      description:
        'For members without a node: deposits, withdrawals, orders on the ledger, challenges. It must be signed for this ' +
        'ledger and call one of the contracts of /api/ledger. One that would be refused there is not sent, and answered ' +
        "with the contract's reason. Sent again, it is answered again.",
      requestBody: { required: true, content: { 'application/json': { schema: relayRequest } } },
      responses: {
        202: {
          description: 'The ledger has it. `Location` is where it can be asked for once it is mined.',
          headers: {
            Location: { schema: { type: 'string' }, description: '`/api/ledger/transactions/` and the hash.' },
          },
          content: { 'application/json': { schema: relayedTransaction } },
        },
        400: { description: 'transaction-malformed, body-not-json.', content: problemContent },
        409: { description: 'transaction-not-taken.', content: problemContent },
        413: refusals[413],
        415: refusals[415],
        422: {
          description:
            'transaction-for-another-ledger, transaction-not-for-us, or the custom error of the contract, such as ' +
            '`accounts-locked`.',
          content: problemContent,
        },
        429: { description: 'too-many-transactions.', content: problemContent },
        default: refusals.default,
      },
    },
  },
  ...identityPaths,
  '/api/ledger/events': {
    get: getOf({ id: 'listEvents', summary: 'Events, newest first.', query: eventQuery, answer: eventPage }),
  },
  '/api/ledger/trace/{period}/{memberId}': {
    get: withAccess(
      getOf({
        id: 'getTrace',
        summary: "A member's quarter-hour from order to payment.",
        description: SEALED,
        path: tracePath,
        answer: trace,
      }),
      shownTo('evidence'),
    ),
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
  ...ownDataPaths,
  ...flexibilityPaths,
  ...devicePaths,
  ...accountPaths,
  ...joiningPaths,
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
    components: {
      schemas: { ProjectionEvent: projectionEvent, HealthEvent: healthEvent },
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'commonwatt-8420', description: 'Set by signing in.' },
        apiKey: { type: 'http', scheme: 'bearer', description: 'An api key: `Authorization: Bearer cw_…`.' },
      },
    },
  })
}
