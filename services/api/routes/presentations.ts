import { Router, type Request, type RequestHandler } from 'express'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import {
  presentationAnswer,
  presentationPath,
  presentationWish,
  type PresentationDocument,
  type PresentationView,
  type PresentationWish,
} from '../schemas/presentations.ts'

type Deps = {
  readonly ownPage: RequestHandler
  /** Throws `not-signed-in`, `api-key-scope-missing`, `presentation-claim-unknown` or `too-many-presentations`. */
  readonly askForPresentation: (request: Request, wish: PresentationWish) => Promise<PresentationView>
  /** Throws `presentation-unknown` for whoever did not ask. */
  readonly readPresentation: (request: Request, id: string) => Promise<PresentationView>
  /** For whoever knows of it. Throws `presentation-unknown`. */
  readonly readPresentationRequest: (id: string) => Promise<PresentationDocument>
  /** Throws `too-many-requests`. */
  readonly requirePresentationWelcome: (request: Request) => void
  /** By whoever holds the credential: the presentation says so itself. Throws why it is refused. */
  readonly answerPresentation: (id: string, presentation: string) => Promise<void>
}

const WISH_BYTES = 32 * 1_024
/** A presentation that is longer than is read is told so, where it is not much longer. */
const ANSWER_BYTES = 80 * 1_024

export function presentationRoutes(deps: Deps): Router {
  const router = Router()
  const welcome: RequestHandler = (request, _response, next) => {
    deps.requirePresentationWelcome(request)
    next()
  }

  router.post('/presentations/requests', deps.ownPage, jsonBody(WISH_BYTES), async (request, response) => {
    const asked = await deps.askForPresentation(request, parsePart(presentationWish, request.body))
    response.status(201).location(`/api/presentations/requests/${asked.id}`).json(asked)
  })

  router.get('/presentations/requests/:id', async (request, response) => {
    const { id } = parsePart(presentationPath, request.params)
    response.json(await deps.readPresentation(request, id))
  })

  router.get('/presentations/requests/:id/document', welcome, async (request, response) => {
    const { id } = parsePart(presentationPath, request.params)
    response.json(await deps.readPresentationRequest(id))
  })

  router.post('/presentations/requests/:id/responses', welcome, jsonBody(ANSWER_BYTES), async (request, response) => {
    const { id } = parsePart(presentationPath, request.params)
    await deps.answerPresentation(id, parsePart(presentationAnswer, request.body).presentation)
    response.status(204).end()
  })

  return router
}
