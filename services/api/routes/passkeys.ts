import { Router, type Request, type RequestHandler, type Response } from 'express'
import type { StartedSignIn } from '../access/sign-in.ts'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import {
  passkeyAssertion,
  passkeyName,
  passkeyRegistration,
  type PasskeyAccount,
  type PasskeyAssertion,
  type PasskeyRegistration,
} from '../schemas/passkeys.ts'

/** Each throws `passkeys-unavailable` where the market has no contract accounts for them. */
type Deps = {
  readonly ownPage: RequestHandler
  /** Throws `too-many-sign-ins`. */
  readonly requireSignInWelcome: (request: Request) => void
  readonly passkeyRegistrationOptions: (request: Request, name: string) => Promise<object>
  readonly registerPasskey: (request: Request, response: PasskeyRegistration) => Promise<StartedSignIn>
  readonly passkeySignInOptions: (request: Request) => Promise<object>
  readonly signInWithPasskey: (request: Request, response: PasskeyAssertion) => Promise<StartedSignIn>
  /** Throws `not-signed-in`, `sign-in-needed`, and `passkey-unknown` for whoever has a wallet. */
  readonly readPasskeyAccount: (request: Request) => Promise<PasskeyAccount>
  readonly keepToken: (request: Request, response: Response, started: StartedSignIn) => void
}

const BODY_BYTES = 32 * 1_024

export function passkeyRoutes(deps: Deps): Router {
  const router = Router()
  const { ownPage } = deps
  const body = jsonBody(BODY_BYTES)
  const welcome: RequestHandler = (request, _response, next) => {
    deps.requireSignInWelcome(request)
    next()
  }

  router.post('/sign-in/passkeys/registration-options', ownPage, welcome, body, async (request, response) => {
    const { name } = parsePart(passkeyName, request.body)
    response.status(201).json(await deps.passkeyRegistrationOptions(request, name))
  })

  router.post('/sign-in/passkeys/registrations', ownPage, welcome, body, async (request, response) => {
    const registration = parsePart(passkeyRegistration, request.body)
    deps.keepToken(request, response, await deps.registerPasskey(request, registration))
    response.status(204).end()
  })

  router.post('/sign-in/passkeys/options', ownPage, welcome, async (request, response) => {
    response.status(201).json(await deps.passkeySignInOptions(request))
  })

  router.post('/sign-in/passkeys', ownPage, welcome, body, async (request, response) => {
    const assertion = parsePart(passkeyAssertion, request.body)
    deps.keepToken(request, response, await deps.signInWithPasskey(request, assertion))
    response.status(204).end()
  })

  router.get('/passkey-account', async (request, response) => {
    response.json(await deps.readPasskeyAccount(request))
  })

  return router
}
