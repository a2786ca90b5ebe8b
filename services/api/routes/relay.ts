import { Router, type Request } from 'express'
import { jsonBody } from '../json-body.ts'
import { parsePart } from '../request-part.ts'
import { relayRequest, TRANSACTION_BYTES } from '../schemas/relay.ts'

type Deps = {
  /** The hash of the transaction, once the ledger has it. */
  readonly relayTransaction: (rawTransaction: string) => Promise<string>
  /** Throws `too-many-transactions`. */
  readonly requireRelayWelcome: (request: Request) => void
}

/** Hex, and the JSON around it. */
const BODY_BYTES = 2 * TRANSACTION_BYTES + 1_024

export function relayRoutes({ relayTransaction, requireRelayWelcome }: Deps): Router {
  const router = Router()

  router.post('/ledger/transactions', jsonBody(BODY_BYTES), async (request, response) => {
    const { rawTransaction } = parsePart(relayRequest, request.body, 'transaction-malformed')
    requireRelayWelcome(request)
    const hash = await relayTransaction(rawTransaction)
    response.status(202).location(`/api/ledger/transactions/${hash}`).json({ hash })
  })

  return router
}
