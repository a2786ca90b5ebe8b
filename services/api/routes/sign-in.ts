import { Router, type Request, type RequestHandler, type Response } from 'express'
import type { StartedSignIn } from '../access/sign-in.ts'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import {
  challengeRequest,
  codeRequest,
  signedMessage,
  type SignInChallengeAnswer,
  type WhoAmI,
} from '../schemas/sign-in.ts'

type Signed = { readonly message: string; readonly signature: string }

type Deps = {
  /** Refuses what comes from a page of another site. */
  readonly ownPage: RequestHandler
  /** Throws `too-many-sign-ins`. */
  readonly requireSignInWelcome: (request: Request) => void
  /** Throws `too-many-challenges`. */
  readonly challengeSignIn: (request: Request, address: string) => Promise<SignInChallengeAnswer>
  readonly signInWithWallet: (request: Request, signed: Signed) => Promise<StartedSignIn>
  readonly makeSignInCode: (request: Request, signed: Signed) => Promise<{ code: string; expiresAt: number }>
  readonly signInWithCode: (code: string) => Promise<StartedSignIn>
  readonly keepToken: (request: Request, response: Response, started: StartedSignIn) => void
  readonly dropToken: (request: Request, response: Response) => void
  readonly whoAmI: (request: Request) => Promise<WhoAmI>
  /** Whoever is signed in with the request's cookie is so no more. */
  readonly signOut: (request: Request) => Promise<void>
}

const BODY_BYTES = 16 * 1_024

export function signInRoutes(deps: Deps): Router {
  const router = Router()
  const welcome: RequestHandler = (request, _response, next) => {
    deps.requireSignInWelcome(request)
    next()
  }
  const { ownPage } = deps
  const body = jsonBody(BODY_BYTES)

  router.post('/sign-in/challenges', ownPage, welcome, body, async (request, response) => {
    const { address } = parsePart(challengeRequest, request.body)
    response.status(201).json(await deps.challengeSignIn(request, address))
  })

  router.post('/sign-in/wallet', ownPage, welcome, body, async (request, response) => {
    deps.keepToken(request, response, await deps.signInWithWallet(request, parsePart(signedMessage, request.body)))
    response.status(204).end()
  })

  router.post('/sign-in/codes', ownPage, welcome, body, async (request, response) => {
    response.status(201).json(await deps.makeSignInCode(request, parsePart(signedMessage, request.body)))
  })

  router.post('/sign-in/code', ownPage, welcome, body, async (request, response) => {
    const { code } = parsePart(codeRequest, request.body)
    deps.keepToken(request, response, await deps.signInWithCode(code))
    response.status(204).end()
  })

  router.post('/sign-out', ownPage, async (request, response) => {
    await deps.signOut(request)
    deps.dropToken(request, response)
    response.status(204).end()
  })

  router.get('/me', async (request, response) => {
    response.json(await deps.whoAmI(request))
  })

  return router
}
