import { Router, type Request, type RequestHandler } from 'express'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import { accountCallsRequest, type AccountCallsRequest } from '../schemas/account-calls.ts'

type Deps = {
  readonly ownPage: RequestHandler
  /** Throws `too-many-transactions`. */
  readonly requireRelayWelcome: (request: Request) => void
  /** The hash of the transaction, once the ledger has it. For whoever is signed in with the account alone. */
  readonly relayAccountCalls: (request: Request, signed: AccountCallsRequest) => Promise<string>
}

/** Sixteen calls of 2 kB in hex, and an assertion. */
const BODY_BYTES = 128 * 1_024

export function accountCallRoutes({ ownPage, requireRelayWelcome, relayAccountCalls }: Deps): Router {
  const router = Router()

  router.post('/ledger/account-calls', ownPage, jsonBody(BODY_BYTES), async (request, response) => {
    const signed = parsePart(accountCallsRequest, request.body)
    requireRelayWelcome(request)
    const hash = await relayAccountCalls(request, signed)
    response.status(202).location(`/api/ledger/transactions/${hash}`).json({ hash })
  })

  return router
}
