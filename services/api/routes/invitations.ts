import { Router, type Request, type RequestHandler } from 'express'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import {
  invitationPath,
  invitationRequest,
  type InvitationAnswer,
  type InvitationRequest,
  type MadeInvitation,
} from '../schemas/invitations.ts'

/** Each is for a community manager who is signed in, and throws `not-signed-in`, `sign-in-needed` or `role-missing`. */
type Deps = {
  readonly ownPage: RequestHandler
  readonly makeInvitation: (request: Request, wish: InvitationRequest) => Promise<MadeInvitation>
  readonly listInvitations: (request: Request) => Promise<InvitationAnswer[]>
  readonly withdrawInvitation: (request: Request, invitationId: string) => Promise<void>
}

const BODY_BYTES = 4 * 1_024

export function invitationRoutes(deps: Deps): Router {
  const router = Router()

  router.post('/invitations', deps.ownPage, jsonBody(BODY_BYTES), async (request, response) => {
    response.status(201).json(await deps.makeInvitation(request, parsePart(invitationRequest, request.body)))
  })

  router.get('/invitations', async (request, response) => {
    response.json(await deps.listInvitations(request))
  })

  router.delete('/invitations/:invitationId', deps.ownPage, async (request, response) => {
    await deps.withdrawInvitation(request, parsePart(invitationPath, request.params).invitationId)
    response.status(204).end()
  })

  return router
}
