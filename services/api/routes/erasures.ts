import { Router, type Request, type RequestHandler } from 'express'
import { parsePart, requireFound } from '../request-part.ts'
import { erasurePath, type ErasureAnswer } from '../schemas/erasures.ts'

type Deps = {
  readonly ownPage: RequestHandler
  /** Throws `not-signed-in`, `sign-in-needed` or `household-not-yours`. */
  readonly requireMember: (request: Request, memberId: number) => Promise<void>
  /** Again without effect. Throws `erasure-too-early` with all that is still open; null where there is no such household. */
  readonly requestErasure: (memberId: number) => Promise<ErasureAnswer | null>
  /** Null where nobody asked for it. */
  readonly readErasure: (memberId: number) => Promise<ErasureAnswer | null>
}

export function erasureRoutes(deps: Deps): Router {
  const router = Router()

  router.post('/households/:memberId/erasure', deps.ownPage, async (request, response) => {
    const { memberId } = parsePart(erasurePath, request.params)
    await deps.requireMember(request, memberId)
    const message = `there is no household with member number ${memberId}`
    const answer = requireFound(await deps.requestErasure(memberId), 'household-unknown', message)
    response.status(202).location(`/api/households/${memberId}/erasure`).json(answer)
  })

  router.get('/households/:memberId/erasure', async (request, response) => {
    const { memberId } = parsePart(erasurePath, request.params)
    await deps.requireMember(request, memberId)
    const message = `household ${memberId} has not asked for its data to be erased`
    response.json(requireFound(await deps.readErasure(memberId), 'erasure-unknown', message))
  })

  return router
}
