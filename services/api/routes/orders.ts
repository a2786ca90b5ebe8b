import { Router, type Request } from 'express'
import { DomainError } from '../../domain/errors.ts'
import type { HouseholdPart } from '../../domain/identity/household-data.ts'
import type { Viewer } from '../access/access.ts'
import type { AnswerOf } from '../answer.ts'
import { jsonBody } from '../json-body.ts'
import { problemOf } from '../problem.ts'
import { parsePart, requireFound } from '../request-part.ts'
import {
  orderBatchEnvelope,
  orderPath,
  type Order,
  type OrderBatchResult,
  type PlacedOrder,
} from '../schemas/orders.ts'
import type { CallEvidence } from '../schemas/statements.ts'

type Deps = {
  readonly requirePart: (request: Request, memberId: number, part: HouseholdPart) => Promise<void>
  readonly viewerOf: (request: Request) => Promise<Viewer>
  /** Checks and keeps each order by itself; the answers are in the order of the inputs. */
  readonly placeOrders: (inputs: readonly unknown[]) => Promise<(PlacedOrder | DomainError)[]>
  /** Null where nobody placed it. */
  readonly readOrder: (viewer: Viewer, digest: string) => Promise<AnswerOf<Order> | null>
  /** Whose order it is; null where nobody placed it. */
  readonly readOrderMember: (digest: string) => Promise<number | null>
  /** Null where nobody placed it. Throws `order-not-left-out` and `evidence-incomplete`. */
  readonly readLeftOutProof: (digest: string) => Promise<AnswerOf<CallEvidence> | null>
  /** Throws `too-many-orders`. */
  readonly requireWelcome: (request: Request, orders: number) => void
}

const ORDER_BYTES = 8 * 1_024
const BATCH_BYTES = 512 * 1_024

export function orderRoutes(deps: Deps): Router {
  const { placeOrders, requireWelcome } = deps
  const router = Router()

  router.post('/orders', jsonBody(ORDER_BYTES), async (request, response) => {
    requireWelcome(request, 1)
    const [placed] = await placeOrders([request.body])
    if (placed instanceof DomainError) throw placed
    response.status(202).location(`/api/orders/${placed!.digest}`).json(placed)
  })

  router.post('/order-batches', jsonBody(BATCH_BYTES), async (request, response) => {
    const { orders } = parsePart(orderBatchEnvelope, request.body, 'batch-malformed')
    requireWelcome(request, orders.length)
    response.json(batchResultOf(await placeOrders(orders)))
  })

  router.get('/orders/:digest', async (request, response) => {
    const { digest } = parsePart(orderPath, request.params)
    response.json(known(await deps.readOrder(await deps.viewerOf(request), digest), digest))
  })

  router.get('/orders/:digest/left-out-proof', async (request, response) => {
    const { digest } = parsePart(orderPath, request.params)
    await deps.requirePart(request, known(await deps.readOrderMember(digest), digest), 'evidence')
    response.json(known(await deps.readLeftOutProof(digest), digest))
  })

  return router
}

function known<Value>(value: Value | null, digest: string): Value {
  return requireFound(value, 'order-unknown', `nobody placed an order ${digest}`)
}

function batchResultOf(outcomes: readonly (PlacedOrder | DomainError)[]): OrderBatchResult {
  const results = outcomes.map((outcome) => {
    if (!(outcome instanceof DomainError)) return { status: 202 as const, order: outcome }
    const problem = problemOf(outcome)
    return { status: problem.status, problem }
  })
  const accepted = results.filter((result) => 'order' in result).length
  return { accepted, refused: results.length - accepted, results }
}
