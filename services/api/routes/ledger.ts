import { Router, type Request } from 'express'
import type { HouseholdPart } from '../../domain/identity/household-data.ts'
import type { Viewer } from '../access/access.ts'
import type { AnswerOf } from '../answer.ts'
import { parsePart, requireFound } from '../request-part.ts'
import {
  blockPath,
  blockQuery,
  eventQuery,
  tracePath,
  transactionPath,
  type BlockDetail,
  type BlockPage,
  type EventQuery,
  type LedgerIdentity,
  type LedgerEventPage,
  type Trace,
  type Transaction,
} from '../schemas/ledger.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'

/** What is not there resolves to null. */
type Deps = {
  readonly requirePart: (request: Request, memberId: number, part: HouseholdPart) => Promise<void>
  readonly viewerOf: (request: Request) => Promise<Viewer>
  readonly ledgerIdentity: LedgerIdentity
  readonly listBlocks: (page: { before?: number | undefined; limit: number }) => Promise<AnswerOf<BlockPage>>
  readonly readBlock: (number: number) => Promise<AnswerOf<BlockDetail> | null>
  readonly readTransaction: (hash: string) => Promise<AnswerOf<Transaction> | null>
  readonly listEvents: (filter: EventQuery & { limit: number }) => Promise<AnswerOf<LedgerEventPage>>
  readonly readTrace: (viewer: Viewer, period: number, memberId: number) => Promise<AnswerOf<Trace> | null>
}

export function ledgerRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/ledger', (_, response) => {
    response.json(deps.ledgerIdentity)
  })

  router.get('/ledger/blocks', async (request, response) => {
    const { before, limit = DEFAULT_LIMIT } = parsePart(blockQuery, request.query)
    response.json(await deps.listBlocks({ before, limit }))
  })

  router.get('/ledger/blocks/:number', async (request, response) => {
    const { number } = parsePart(blockPath, request.params)
    response.json(requireFound(await deps.readBlock(number), 'block-unknown', `block ${number} is not known here`))
  })

  router.get('/ledger/transactions/:hash', async (request, response) => {
    const { hash } = parsePart(transactionPath, request.params)
    const transaction = await deps.readTransaction(hash)
    response.json(requireFound(transaction, 'transaction-unknown', `transaction ${hash} is not known here`))
  })

  router.get('/ledger/events', async (request, response) => {
    const { limit = DEFAULT_LIMIT, ...filter } = parsePart(eventQuery, request.query)
    response.json(await deps.listEvents({ ...filter, limit }))
  })

  router.get('/ledger/trace/:period/:memberId', async (request, response) => {
    const { period, memberId } = parsePart(tracePath, request.params)
    await deps.requirePart(request, memberId, 'evidence')
    const trace = await deps.readTrace(await deps.viewerOf(request), period, memberId)
    const refusal = `member ${memberId} is no household of the area, or it does not trade period ${period}`
    response.json(requireFound(trace, 'session-unknown', refusal))
  })

  return router
}
