import { Router, type Request } from 'express'
import type { Viewer } from '../access/access.ts'
import type { AnswerOf } from '../answer.ts'
import { parsePart, requireFound } from '../request-part.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'
import { sessionPath, sessionQuery, type Session, type SessionPage } from '../schemas/sessions.ts'

type Deps = {
  readonly viewerOf: (request: Request) => Promise<Viewer>
  readonly listSessions: (page: { before?: number | undefined; limit: number }) => Promise<AnswerOf<SessionPage>>
  /** Null where the area does not trade the period. */
  readonly readSession: (viewer: Viewer, period: number) => Promise<AnswerOf<Session> | null>
}

export function sessionRoutes({ viewerOf, listSessions, readSession }: Deps): Router {
  const router = Router()

  router.get('/sessions', async (request, response) => {
    const { before, limit = DEFAULT_LIMIT } = parsePart(sessionQuery, request.query)
    response.json(await listSessions({ before, limit }))
  })

  router.get('/sessions/:period', async (request, response) => {
    const { period } = parsePart(sessionPath, request.params)
    const session = await readSession(await viewerOf(request), period)
    response.json(requireFound(session, 'session-unknown', `the area does not trade period ${period}`))
  })

  return router
}
