import { Router, type Request } from 'express'
import type { AnswerOf } from '../answer.ts'
import { parsePart, requireFound } from '../request-part.ts'
import { findingQuery, type AccuracyList, type FindingList, type OrderLeaves } from '../schemas/flex-oversight.ts'
import { flexOrderPath } from '../schemas/flexibility.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'

type Deps = {
  /** Throws `not-signed-in`, `sign-in-needed` or `role-missing`. */
  readonly requireDso: (request: Request) => Promise<string>
  readonly listFlexFindings: (limit: number) => Promise<AnswerOf<FindingList>>
  readonly listBaselineAccuracies: () => Promise<AnswerOf<AccuracyList>>
  /** Null where there is no such order. Throws `flex-order-not-yours` but for its buyer and its aggregator. */
  readonly readOrderLeaves: (request: Request, orderId: number) => Promise<AnswerOf<OrderLeaves> | null>
}

/** By what a grid operator judges flexibility: suspicions, how right baselines are, and the leaves of its orders. */
export function flexOversightRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/flexibility/findings', async (request, response) => {
    await deps.requireDso(request)
    const { limit = DEFAULT_LIMIT } = parsePart(findingQuery, request.query)
    response.json(await deps.listFlexFindings(limit))
  })
  router.get('/flexibility/accuracies', async (request, response) => {
    await deps.requireDso(request)
    response.json(await deps.listBaselineAccuracies())
  })
  router.get('/flexibility/orders/:orderId/leaves', async (request, response) => {
    const { orderId } = parsePart(flexOrderPath, request.params)
    const found = await deps.readOrderLeaves(request, orderId)
    response.json(requireFound(found, 'flex-order-unknown', `there is no flex order ${orderId}`))
  })

  return router
}
