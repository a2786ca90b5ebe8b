import { Router } from 'express'
import type { AnswerOf } from '../answer.ts'
import { parsePart } from '../request-part.ts'
import { refusalQuery, type RefusalPage } from '../schemas/refusals.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'

type Deps = {
  readonly listRefusals: (page: { before?: string | undefined; limit: number }) => Promise<AnswerOf<RefusalPage>>
}

export function refusalRoutes({ listRefusals }: Deps): Router {
  const router = Router()

  router.get('/refusals', async (request, response) => {
    const { before, limit = DEFAULT_LIMIT } = parsePart(refusalQuery, request.query)
    response.json(await listRefusals({ before, limit }))
  })

  return router
}
