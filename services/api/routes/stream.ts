import { Router } from 'express'
import type { EventStream } from '../event-stream.ts'

type Deps = { readonly stream: Pick<EventStream, 'connect'> }

export function streamRoutes({ stream }: Deps): Router {
  const router = Router()

  router.get('/stream', (request, response) => stream.connect(request, response))

  return router
}
