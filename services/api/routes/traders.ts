import { Router, type Request, type RequestHandler } from 'express'
import { jsonBody } from '../json-body.ts'
import { parsePart, requireFound } from '../request-part.ts'
import { keyChainRequest, traderPath, type KeyChainRequest, type Trader } from '../schemas/traders.ts'

type Deps = {
  readonly ownPage: RequestHandler
  /** Throws `not-signed-in`, `sign-in-needed` or `household-not-yours`. */
  readonly requireMember: (request: Request, memberId: number) => Promise<void>
  /** Null where the household has no keys on the day, as yet or at all. */
  readonly readTrader: (memberId: number, day: number) => Promise<Trader | null>
  /** Throws `not-signed-in`, `sign-in-needed`, `trading-key-not-proved`, `key-chain-known` or `too-many-requests`. */
  readonly keepKeyChain: (request: Request, chain: KeyChainRequest) => Promise<void>
}

const BODY_BYTES = 1_024

export function traderRoutes({ ownPage, requireMember, readTrader, keepKeyChain }: Deps): Router {
  const router = Router()

  router.get('/households/:memberId/traders/:day', async (request, response) => {
    const { memberId, day } = parsePart(traderPath, request.params)
    await requireMember(request, memberId)
    const words = `household ${memberId} has no trading keys on day ${day}, or they are not published yet`
    response.json(requireFound(await readTrader(memberId, day), 'trader-unknown', words))
  })

  router.put('/key-chains', ownPage, jsonBody(BODY_BYTES), async (request, response) => {
    await keepKeyChain(request, parsePart(keyChainRequest, request.body))
    response.status(204).end()
  })

  return router
}
