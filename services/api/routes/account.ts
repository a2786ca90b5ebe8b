import { Router, type Request, type RequestHandler } from 'express'
import type { KeyWish } from '../access/api-keys.ts'
import type { ConsentWish } from '../access/consents.ts'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import { apiKeyRequest, rotationRequest, type ApiKeyAnswer } from '../schemas/api-keys.ts'
import { consentRequest, type ConsentAnswer } from '../schemas/consents.ts'
import { idPath, type SignInList } from '../schemas/sign-in.ts'

type MadeApiKey = { readonly secret: string; readonly key: ApiKeyAnswer }

/** Each is for whoever is signed in, and throws `not-signed-in` or `sign-in-needed`. */
type Deps = {
  readonly ownPage: RequestHandler
  readonly listSignIns: (request: Request) => Promise<SignInList>
  /** One, or all where none is named; resolves to how many ended. */
  readonly endSignIns: (request: Request, id?: string) => Promise<number>
  readonly listApiKeys: (request: Request) => Promise<{ items: ApiKeyAnswer[] }>
  readonly makeApiKey: (request: Request, wish: KeyWish) => Promise<MadeApiKey>
  readonly rotateApiKey: (request: Request, id: string, overlapHours: number) => Promise<MadeApiKey>
  readonly revokeApiKey: (request: Request, id: string) => Promise<void>
  readonly listConsents: (request: Request) => Promise<{ given: ConsentAnswer[]; received: ConsentAnswer[] }>
  readonly giveConsent: (request: Request, wish: ConsentWish) => Promise<ConsentAnswer>
  readonly revokeConsent: (request: Request, id: string) => Promise<void>
}

const BODY_BYTES = 4 * 1_024

export function accountRoutes(deps: Deps): Router {
  const router = Router()
  const { ownPage } = deps
  const body = jsonBody(BODY_BYTES)

  router.get('/sign-ins', async (request, response) => {
    response.json(await deps.listSignIns(request))
  })

  router.delete('/sign-ins', ownPage, async (request, response) => {
    response.json({ ended: await deps.endSignIns(request) })
  })

  router.delete('/sign-ins/:id', ownPage, async (request, response) => {
    const { id } = parsePart(idPath, request.params)
    response.json({ ended: await deps.endSignIns(request, id) })
  })

  router.get('/api-keys', async (request, response) => {
    response.json(await deps.listApiKeys(request))
  })

  router.post('/api-keys', ownPage, body, async (request, response) => {
    response.status(201).json(await deps.makeApiKey(request, parsePart(apiKeyRequest, request.body)))
  })

  router.post('/api-keys/:id/rotations', ownPage, body, async (request, response) => {
    const { id } = parsePart(idPath, request.params)
    const { overlapHours } = parsePart(rotationRequest, request.body)
    response.status(201).json(await deps.rotateApiKey(request, id, overlapHours))
  })

  router.delete('/api-keys/:id', ownPage, async (request, response) => {
    await deps.revokeApiKey(request, parsePart(idPath, request.params).id)
    response.status(204).end()
  })

  router.get('/consents', async (request, response) => {
    response.json(await deps.listConsents(request))
  })

  router.post('/consents', ownPage, body, async (request, response) => {
    response.status(201).json(await deps.giveConsent(request, parsePart(consentRequest, request.body)))
  })

  router.delete('/consents/:id', ownPage, async (request, response) => {
    await deps.revokeConsent(request, parsePart(idPath, request.params).id)
    response.status(204).end()
  })

  return router
}
