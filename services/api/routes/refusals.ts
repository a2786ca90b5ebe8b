import { Router, type Request, type RequestHandler } from 'express'
import type { AnswerOf } from '../answer.ts'
import { parsePart } from '../request-part.ts'
import {
  refusalPath,
  refusalQuery,
  type RefusalPage,
  type RefusalReplayList,
  type RefusalReplayView,
} from '../schemas/refusals.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'

type Deps = {
  /** Throws `not-signed-in`, `api-key-scope-missing` or `role-missing`. */
  readonly requireRefusals: (request: Request) => Promise<void>
  readonly listRefusals: (page: {
    before?: string | undefined
    device?: string | undefined
    code?: string | undefined
    limit: number
  }) => Promise<AnswerOf<RefusalPage>>
  readonly ownPage: RequestHandler
  /** Throws `not-signed-in`, `api-key-scope-missing` or `role-missing`. Resolves to the account. */
  readonly requireDeviceOperator: (request: Request) => Promise<string>
  /** The same where one waits already. Throws `refusal-unknown`, `refusal-not-replayable` or `too-many-replays`. */
  readonly replayRefusal: (account: string, id: string) => Promise<AnswerOf<RefusalReplayView>>
  /** Throws `refusal-unknown`. */
  readonly listReplays: (id: string) => Promise<AnswerOf<RefusalReplayList>>
}

export function refusalRoutes(deps: Deps): Router {
  const { requireRefusals } = deps
  const router = Router()

  router.get('/refusals', async (request, response) => {
    const { limit = DEFAULT_LIMIT, ...filter } = parsePart(refusalQuery, request.query)
    await requireRefusals(request)
    response.json(await deps.listRefusals({ ...filter, limit }))
  })

  router.post('/refusals/:id/replays', deps.ownPage, async (request, response) => {
    const account = await deps.requireDeviceOperator(request)
    const { id } = parsePart(refusalPath, request.params)
    const replay = await deps.replayRefusal(account, id)
    response.status(202).location(`/api/refusals/${id}/replays`).json(replay)
  })

  router.get('/refusals/:id/replays', async (request, response) => {
    await requireRefusals(request)
    response.json(await deps.listReplays(parsePart(refusalPath, request.params).id))
  })

  return router
}
