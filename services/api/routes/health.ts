import { Router } from 'express'
import type { Health } from '../schemas/health.ts'

type Deps = { readonly checkHealth: () => Promise<Health> }

export function healthRoutes({ checkHealth }: Deps): Router {
  const router = Router()

  router.get('/health', async (_request, response) => {
    const health = await checkHealth()
    response.status(health.status === 'ok' ? 200 : 503).json(health)
  })

  return router
}
