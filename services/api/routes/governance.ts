import { Router } from 'express'
import type { CouncilView, PausesView } from '../schemas/governance.ts'

type Deps = {
  readonly readCouncil: () => Promise<CouncilView>
  readonly readPauses: () => Promise<PausesView>
}

export function governanceRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/council', async (_request, response) => {
    response.json(await deps.readCouncil())
  })

  router.get('/pauses', async (_request, response) => {
    response.json(await deps.readPauses())
  })

  return router
}
