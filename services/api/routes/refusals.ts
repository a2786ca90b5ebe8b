import { Router, type Request } from 'express'
import type { AnswerOf } from '../answer.ts'
import { parsePart } from '../request-part.ts'
import { refusalQuery, type RefusalPage } from '../schemas/refusals.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'

type Deps = {
  /** Throws `not-signed-in`, `api-key-scope-missing` or `role-missing`. */
  readonly requireRefusals: (request: Request) => Promise<void>
  readonly listRefusals: (page: { before?: string | undefined; limit: number }) => Promise<AnswerOf<RefusalPage>>
}

export function refusalRoutes({ requireRefusals, listRefusals }: Deps): Router {
  const router = Router()

  router.get('/refusals', async (request, response) => {
    const { before, limit = DEFAULT_LIMIT } = parsePart(refusalQuery, request.query)
    await requireRefusals(request)
    response.json(await listRefusals({ before, limit }))
  })

  return router
}
