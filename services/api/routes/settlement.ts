import { Router, type Request } from 'express'
import type { Viewer } from '../access/access.ts'
import type { AnswerOf } from '../answer.ts'
import { parsePart } from '../request-part.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'
import {
  challengeQuery,
  settlementRunQuery,
  type ChallengePage,
  type SettlementRunPage,
} from '../schemas/settlement.ts'

type Cursor = readonly [number, number]

type Deps = {
  readonly viewerOf: (request: Request) => Promise<Viewer>
  readonly listSettlementRuns: (page: {
    before?: Cursor | undefined
    limit: number
  }) => Promise<AnswerOf<SettlementRunPage>>
  readonly listChallenges: (
    viewer: Viewer,
    filter: { memberId?: number | undefined; before?: Cursor | undefined; limit: number },
  ) => Promise<AnswerOf<ChallengePage>>
}

export function settlementRoutes({ viewerOf, listSettlementRuns, listChallenges }: Deps): Router {
  const router = Router()

  router.get('/settlement-runs', async (request, response) => {
    const { before, limit = DEFAULT_LIMIT } = parsePart(settlementRunQuery, request.query)
    response.json(await listSettlementRuns({ before, limit }))
  })

  router.get('/challenges', async (request, response) => {
    const { memberId, before, limit = DEFAULT_LIMIT } = parsePart(challengeQuery, request.query)
    response.json(await listChallenges(await viewerOf(request), { memberId, before, limit }))
  })

  return router
}
