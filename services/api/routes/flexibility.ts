import { Router, type Request, type RequestHandler } from 'express'
import type { HouseholdPart } from '../../domain/identity/household-data.ts'
import { DomainError } from '../../domain/errors.ts'
import type { AnswerOf } from '../answer.ts'
import { jsonBody } from '../json-body.ts'
import { parsePart, requireFound } from '../request-part.ts'
import {
  flexOrderPath,
  loadingQuery,
  LONGEST_LOADING_PERIODS,
  orderQuery,
  pointPath,
  portfolioPath,
  proposalDecision,
  proposalPath,
  queueDecision,
  queuePath,
  requestPath,
  requestQuery,
  type FlexOrderList,
  type FlexOrderView,
  type FlexRequestDetail,
  type FlexRequestList,
  type PointList,
  type PointLoading,
  type PortfolioDetail,
  type PortfolioList,
  type ProductList,
  type ProposalDecisionSent,
  type ProposalList,
  type QueueDecisionSent,
  type QueueList,
  type QueuePath,
} from '../schemas/flexibility.ts'
import {
  type HouseholdFlex,
  type HouseholdFlexDay,
  householdFlexDayPath,
  householdFlexPath,
} from '../schemas/household-flexibility.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'

type Span = { readonly from: number; readonly to: number }

/** What is not there resolves to null. */
type Deps = {
  readonly ownPage: RequestHandler
  readonly requirePart: (request: Request, memberId: number, part: HouseholdPart) => Promise<void>
  /** Resolves to the account of a DSO of the area. Throws `not-signed-in`, `sign-in-needed` or `role-missing`. */
  readonly requireDso: (request: Request) => Promise<string>
  readonly listFlexProducts: () => Promise<AnswerOf<ProductList>>
  readonly listCongestionPoints: () => Promise<AnswerOf<PointList>>
  readonly readPointLoading: (pointId: number, periods: Span) => Promise<AnswerOf<PointLoading> | null>
  readonly listFlexRequests: (limit: number) => Promise<AnswerOf<FlexRequestList>>
  readonly readFlexRequest: (requestId: number) => Promise<AnswerOf<FlexRequestDetail> | null>
  readonly listFlexOrders: (periods: Span) => Promise<AnswerOf<FlexOrderList>>
  readonly readFlexOrder: (orderId: number) => Promise<AnswerOf<FlexOrderView> | null>
  readonly listPortfolios: () => Promise<AnswerOf<PortfolioList>>
  /** Throws `portfolio-not-yours` but for its aggregator and a DSO. */
  readonly readPortfolio: (request: Request, portfolioId: number) => Promise<AnswerOf<PortfolioDetail> | null>
  readonly listPrequalificationQueue: () => Promise<AnswerOf<QueueList>>
  /** Throws `queue-entry-not-waiting` or `queue-decision-made`. */
  readonly decideQueued: (account: string, key: QueuePath, decision: QueueDecisionSent) => Promise<void>
  readonly listRequestProposals: () => Promise<AnswerOf<ProposalList>>
  /** Throws `proposal-unknown` or `proposal-decided`. */
  readonly decideProposal: (account: string, proposalId: string, decision: ProposalDecisionSent) => Promise<void>
  readonly readHouseholdFlexibility: (memberId: number) => Promise<AnswerOf<HouseholdFlex>>
  readonly readHouseholdFlexDay: (memberId: number, day: number) => Promise<AnswerOf<HouseholdFlexDay> | null>
}

const LONGEST_ORDERS_PERIODS = 31 * 96
const LARGEST_DECISION_BYTES = 4_096

/** Flexibility: what a grid operator asked for, was offered and ordered, and what came of it. */
export function flexibilityRoutes(deps: Deps): Router {
  const router = Router()
  publicRoutes(router, deps)
  operatorRoutes(router, deps)
  householdRoutes(router, deps)
  return router
}

function publicRoutes(router: Router, deps: Deps): void {
  router.get('/flexibility/products', async (_request, response) => {
    response.json(await deps.listFlexProducts())
  })
  router.get('/flexibility/points', async (_request, response) => {
    response.json(await deps.listCongestionPoints())
  })
  router.get('/flexibility/points/:pointId/loading', async (request, response) => {
    const { pointId } = parsePart(pointPath, request.params)
    const periods = spanOf(request, loadingQuery, LONGEST_LOADING_PERIODS)
    const loading = await deps.readPointLoading(pointId, periods)
    response.json(requireFound(loading, 'congestion-point-unknown', `there is no congestion point ${pointId}`))
  })
  router.get('/flexibility/requests', async (request, response) => {
    const { limit = DEFAULT_LIMIT } = parsePart(requestQuery, request.query)
    response.json(await deps.listFlexRequests(limit))
  })
  router.get('/flexibility/requests/:requestId', async (request, response) => {
    const { requestId } = parsePart(requestPath, request.params)
    const found = await deps.readFlexRequest(requestId)
    response.json(requireFound(found, 'flex-request-unknown', `there is no flex request ${requestId}`))
  })
  router.get('/flexibility/orders', async (request, response) => {
    response.json(await deps.listFlexOrders(spanOf(request, orderQuery, LONGEST_ORDERS_PERIODS)))
  })
  router.get('/flexibility/orders/:orderId', async (request, response) => {
    const { orderId } = parsePart(flexOrderPath, request.params)
    const found = await deps.readFlexOrder(orderId)
    response.json(requireFound(found, 'flex-order-unknown', `there is no flex order ${orderId}`))
  })
  router.get('/flexibility/portfolios', async (_request, response) => {
    response.json(await deps.listPortfolios())
  })
}

function operatorRoutes(router: Router, deps: Deps): void {
  router.get('/flexibility/portfolios/:portfolioId', async (request, response) => {
    const { portfolioId } = parsePart(portfolioPath, request.params)
    const found = await deps.readPortfolio(request, portfolioId)
    response.json(requireFound(found, 'portfolio-unknown', `there is no portfolio ${portfolioId}`))
  })
  router.get('/flexibility/queue', async (request, response) => {
    await deps.requireDso(request)
    response.json(await deps.listPrequalificationQueue())
  })
  router.post(
    '/flexibility/queue/:pointId/:productId/:portfolioId/decision',
    deps.ownPage,
    jsonBody(LARGEST_DECISION_BYTES),
    async (request, response) => {
      const account = await deps.requireDso(request)
      const key = parsePart(queuePath, request.params)
      await deps.decideQueued(account, key, parsePart(queueDecision, request.body))
      response.status(204).end()
    },
  )
  router.get('/flexibility/proposals', async (request, response) => {
    await deps.requireDso(request)
    response.json(await deps.listRequestProposals())
  })
  router.post(
    '/flexibility/proposals/:proposalId/decision',
    deps.ownPage,
    jsonBody(LARGEST_DECISION_BYTES),
    async (request, response) => {
      const account = await deps.requireDso(request)
      const { proposalId } = parsePart(proposalPath, request.params)
      await deps.decideProposal(account, proposalId, parsePart(proposalDecision, request.body))
      response.status(204).end()
    },
  )
}

function householdRoutes(router: Router, deps: Deps): void {
  router.get('/households/:memberId/flexibility', async (request, response) => {
    const { memberId } = parsePart(householdFlexPath, request.params)
    await deps.requirePart(request, memberId, 'statements')
    response.json(await deps.readHouseholdFlexibility(memberId))
  })
  router.get('/households/:memberId/flexibility/:day', async (request, response) => {
    const { memberId, day } = parsePart(householdFlexDayPath, request.params)
    await deps.requirePart(request, memberId, 'evidence')
    const found = await deps.readHouseholdFlexDay(memberId, day)
    const message = `member ${memberId} has no flexibility statement of day ${day}`
    response.json(requireFound(found, 'flex-statement-unknown', message))
  })
}

/** Throws `request-malformed` where the span ends before it begins, or is longer than `most` periods. */
function spanOf(request: Request, query: typeof loadingQuery, most: number): Span {
  const { fromPeriod: from, toPeriod: to } = parsePart(query, request.query)
  if (from <= to && to - from < most) return { from, to }
  throw new DomainError('request-malformed', `give 1 to ${most} delivery periods, the first one first`)
}
