import { Router, type Request } from 'express'
import type { Viewer } from '../access/access.ts'
import type { AnswerOf } from '../answer.ts'
import type { Neighbourhood } from '../schemas/neighbourhood.ts'

type Deps = {
  readonly viewerOf: (request: Request) => Promise<Viewer>
  readonly readNeighbourhood: (viewer: Viewer) => Promise<AnswerOf<Neighbourhood>>
}

export function neighbourhoodRoutes({ viewerOf, readNeighbourhood }: Deps): Router {
  const router = Router()

  router.get('/neighbourhood', async (request, response) => {
    response.json(await readNeighbourhood(await viewerOf(request)))
  })

  return router
}
