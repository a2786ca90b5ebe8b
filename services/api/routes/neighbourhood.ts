import { Router } from 'express'
import type { AnswerOf } from '../answer.ts'
import type { Neighbourhood } from '../schemas/neighbourhood.ts'

type Deps = { readonly readNeighbourhood: () => Promise<AnswerOf<Neighbourhood>> }

export function neighbourhoodRoutes({ readNeighbourhood }: Deps): Router {
  const router = Router()

  router.get('/neighbourhood', async (_request, response) => {
    response.json(await readNeighbourhood())
  })

  return router
}
