import { Router, type Request, type RequestHandler } from 'express'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import {
  connectionPointRequest,
  joiningRequest,
  meterRequest,
  tradingKeyRequest,
  wishes,
  type ConnectionPointRequest,
  type IssuedCredentialsAnswer,
  type JoiningAnswer,
  type TradingKeyRequest,
  type WishesAnswer,
} from '../schemas/joining.ts'

/** Each is for a person who is signed in, and throws `not-signed-in`, `sign-in-needed` or, but for the first, `not-joining`. */
type Deps = {
  readonly ownPage: RequestHandler
  readonly beginJoining: (request: Request, code: string) => Promise<JoiningAnswer>
  readonly readJoining: (request: Request) => Promise<JoiningAnswer>
  readonly chooseConnectionPoint: (request: Request, chosen: ConnectionPointRequest) => Promise<JoiningAnswer>
  readonly chooseMeter: (request: Request, claimCode: string) => Promise<JoiningAnswer>
  readonly chooseWishes: (request: Request, wishes: WishesAnswer) => Promise<JoiningAnswer>
  readonly chooseTradingKey: (request: Request, key: TradingKeyRequest) => Promise<JoiningAnswer>
  readonly giveUpJoining: (request: Request) => Promise<void>
  readonly takeCredentials: (request: Request) => Promise<IssuedCredentialsAnswer>
}

const BODY_BYTES = 4 * 1_024

export function joiningRoutes(deps: Deps): Router {
  const router = Router()
  const { ownPage } = deps
  const body = jsonBody(BODY_BYTES)

  router.post('/joining', ownPage, body, async (request, response) => {
    const { code } = parsePart(joiningRequest, request.body)
    response.status(201).json(await deps.beginJoining(request, code))
  })

  router.get('/joining', async (request, response) => {
    response.json(await deps.readJoining(request))
  })

  router.delete('/joining', ownPage, async (request, response) => {
    await deps.giveUpJoining(request)
    response.status(204).end()
  })

  router.put('/joining/connection-point', ownPage, body, async (request, response) => {
    const chosen = parsePart(connectionPointRequest, request.body)
    response.status(202).json(await deps.chooseConnectionPoint(request, chosen))
  })

  router.put('/joining/meter', ownPage, body, async (request, response) => {
    const { claimCode } = parsePart(meterRequest, request.body)
    response.status(202).json(await deps.chooseMeter(request, claimCode))
  })

  router.put('/joining/wishes', ownPage, body, async (request, response) => {
    response.json(await deps.chooseWishes(request, parsePart(wishes, request.body)))
  })

  router.put('/joining/trading-key', ownPage, body, async (request, response) => {
    response.json(await deps.chooseTradingKey(request, parsePart(tradingKeyRequest, request.body)))
  })

  router.get('/joining/credentials', async (request, response) => {
    response.json(await deps.takeCredentials(request))
  })

  return router
}
