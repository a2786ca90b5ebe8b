import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf, shownTo, withAccess, writeOf } from './openapi-operations.ts'
import { accuracyList, findingList, findingQuery, orderLeaves } from './schemas/flex-oversight.ts'
import {
  flexOrder,
  flexOrderList,
  flexOrderPath,
  loadingQuery,
  orderQuery,
  pointList,
  pointLoading,
  pointPath,
  portfolioDetail,
  portfolioList,
  portfolioPath,
  productList,
  proposalDecision,
  proposalList,
  proposalPath,
  queueDecision,
  queueList,
  queuePath,
  requestDetail,
  requestList,
  requestPath,
  requestQuery,
} from './schemas/flexibility.ts'
import {
  householdFlex,
  householdFlexDay,
  householdFlexDayPath,
  householdFlexPath,
} from './schemas/household-flexibility.ts'

const FOR_THE_DSO = 'For whoever is signed in and holds the credential of a DSO of the area.'
const ofDso = (operation: ZodOpenApiOperationObject) => withAccess(operation, FOR_THE_DSO)

/** Flexibility, from the need to the payment. */
export const flexibilityPaths: ZodOpenApiPathsObject = {
  '/api/flexibility/products': {
    get: getOf({ id: 'listFlexProducts', summary: 'Products of flexibility.', answer: productList }),
  },
  '/api/flexibility/points': {
    get: getOf({ id: 'listCongestionPoints', summary: 'Congestion points and their limits.', answer: pointList }),
  },
  '/api/flexibility/points/{pointId}/loading': {
    get: getOf({
      id: 'getPointLoading',
      summary: 'What a congestion point carries, carried, and is going to carry; at most a week at once.',
      description:
        'Of a point with fewer than five connections nothing but its capacity is shown, and what was metered only as the sum ' +
        'of all, once every home behind the point has a committed reading.',
      path: pointPath,
      query: loadingQuery,
      answer: pointLoading,
    }),
  },
  '/api/flexibility/requests': {
    get: getOf({
      id: 'listFlexRequests',
      summary: 'Flex requests, newest first.',
      query: requestQuery,
      answer: requestList,
    }),
  },
  '/api/flexibility/requests/{requestId}': {
    get: getOf({
      id: 'getFlexRequest',
      summary: 'One flex request with the options of its opened offers, by what they cost for their effect.',
      path: requestPath,
      answer: requestDetail,
    }),
  },
  '/api/flexibility/orders': {
    get: getOf({
      id: 'listFlexOrders',
      summary: 'Flex orders that name a delivery period of the span, at most 31 days; by number.',
      query: orderQuery,
      answer: flexOrderList,
    }),
  },
  '/api/flexibility/orders/{orderId}': {
    get: getOf({
      id: 'getFlexOrder',
      summary: 'One flex order with what came of it, period by period.',
      path: flexOrderPath,
      answer: flexOrder,
    }),
  },
  '/api/flexibility/orders/{orderId}/leaves': {
    get: withAccess(
      getOf({
        id: 'getFlexOrderLeaves',
        summary: 'What each asset of a flex order did, period by period, with the proofs against the committed roots.',
        path: flexOrderPath,
        answer: orderLeaves,
      }),
      'For whoever defined the product, and so ordered, and for the aggregator; else flex-order-not-yours.',
    ),
  },
  '/api/flexibility/findings': {
    get: ofDso(
      getOf({
        id: 'listFlexFindings',
        summary: 'What the guards against gaming found, the latest first.',
        query: findingQuery,
        answer: findingList,
      }),
    ),
  },
  '/api/flexibility/accuracies': {
    get: ofDso(
      getOf({
        id: 'listBaselineAccuracies',
        summary: 'How right each baseline method was on days without an activation, by product and by asset.',
        answer: accuracyList,
      }),
    ),
  },
  '/api/flexibility/portfolios': {
    get: getOf({ id: 'listPortfolios', summary: 'Portfolios and their terms.', answer: portfolioList }),
  },
  '/api/flexibility/portfolios/{portfolioId}': {
    get: withAccess(
      getOf({
        id: 'getPortfolio',
        summary: 'One portfolio with its members and what it is prequalified for.',
        path: portfolioPath,
        answer: portfolioDetail,
      }),
      'For its aggregator, and for a DSO of the area; else portfolio-not-yours.',
    ),
  },
  '/api/flexibility/queue': {
    get: ofDso(
      getOf({
        id: 'listPrequalificationQueue',
        summary: 'Portfolios in the queue for prequalification and out of it, the first that asked first.',
        answer: queueList,
      }),
    ),
  },
  '/api/flexibility/queue/{pointId}/{productId}/{portfolioId}/decision': {
    post: writeOf({
      id: 'decidePrequalification',
      summary: 'Prequalify a portfolio that waits, or refuse it.',
      description: `The grid operator puts it on the ledger. ${FOR_THE_DSO}`,
      path: queuePath,
      body: queueDecision,
      refused: 'foreign-page, sign-in-needed, role-missing.',
      conflict: 'queue-entry-not-waiting, queue-decision-made.',
    }),
  },
  '/api/flexibility/proposals': {
    get: ofDso(
      getOf({
        id: 'listRequestProposals',
        summary: 'Needs that the system proposes to request, from today on.',
        answer: proposalList,
      }),
    ),
  },
  '/api/flexibility/proposals/{proposalId}/decision': {
    post: writeOf({
      id: 'decideProposal',
      summary: 'Approve a proposal, or reject it.',
      description: `What is approved in time the grid operator requests on the ledger. ${FOR_THE_DSO}`,
      path: proposalPath,
      body: proposalDecision,
      refused: 'foreign-page, sign-in-needed, role-missing.',
      conflict: 'proposal-decided.',
    }),
  },
  '/api/households/{memberId}/flexibility': {
    get: withAccess(
      getOf({
        id: 'getHouseholdFlexibility',
        summary: 'What a household has consented to, what was asked of it, and what it earned.',
        path: householdFlexPath,
        answer: householdFlex,
      }),
      shownTo('statements'),
    ),
  },
  '/api/households/{memberId}/flexibility/{day}': {
    get: withAccess(
      getOf({
        id: 'getHouseholdFlexibilityDay',
        summary: "A household's leaves of a day's flexibility with their proofs, as a challenge needs them.",
        path: householdFlexDayPath,
        answer: householdFlexDay,
      }),
      shownTo('evidence'),
    ),
  },
}
