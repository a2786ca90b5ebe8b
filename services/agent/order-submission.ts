import { z } from 'zod'
import type { SignedOrder } from '../chain/orders.ts'
import { formatOrder } from '../domain/market/order.ts'
import type { Log } from '../runtime/log.ts'

export type Submission = {
  placed: number
  /** Refusals by code. */
  readonly refused: Map<string, number>
  /** Not answered before the gate closed. */
  late: number
}

type Submitter = {
  /** Of the api, without a slash at its end. */
  readonly apiUrl: string
  readonly log: Log
}

const ORDERS_PER_BATCH = 500
const BATCHES_AT_ONCE = 16
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 1_000
const REQUEST_TIMEOUT_MS = 30_000
/** The key is not known to the api yet, whose block is an earlier one: that will be mended. */
const NOT_OPEN_YET = 'session-not-open'

const problem = z.object({ code: z.string(), detail: z.string() })
const answer = z.object({
  results: z.array(z.object({ status: z.number().int(), problem: problem.optional() })),
})

/**
 * Gives the orders to the api, over and over while it does not answer, or the session is not open yet, and `isOpen`
 * holds. An order that was placed before counts as placed: it is the same one.
 */
export async function submitOrders(
  { apiUrl, log }: Submitter,
  orders: readonly SignedOrder[],
  isOpen: () => boolean,
): Promise<Submission> {
  const submission: Submission = { placed: 0, refused: new Map(), late: 0 }
  const batches: (readonly SignedOrder[])[] = []
  for (let start = 0; start < orders.length; start += ORDERS_PER_BATCH) {
    batches.push(orders.slice(start, start + ORDERS_PER_BATCH))
  }

  const refuse = (order: SignedOrder, { code, detail }: Problem) => {
    if (!submission.refused.has(code)) {
      log.warn({ trader: order.trader, period: order.deliveryPeriod, code }, `order refused: ${detail}`)
    }
    submission.refused.set(code, (submission.refused.get(code) ?? 0) + 1)
  }
  const submitBatch = async (batch: readonly SignedOrder[]) => {
    let open = batch
    for (let retryMs = FIRST_RETRY_MS; open.length > 0; retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)) {
      if (!isOpen()) {
        submission.late += open.length
        return
      }
      const results = await post(apiUrl, open)
      const unanswered: SignedOrder[] = []
      open.forEach((order, index) => {
        const result = results?.[index]
        const isEarly = result?.problem?.code === NOT_OPEN_YET
        if (result === undefined || result.status >= 500 || isEarly) unanswered.push(order)
        else if (result.status < 300 || result.problem?.code === 'order-already-placed') submission.placed += 1
        else refuse(order, result.problem ?? problemOf(result.status))
      })
      open = unanswered
      if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }

  const queue = batches.values()
  const work = async () => {
    for (const batch of queue) await submitBatch(batch)
  }
  await Promise.all(Array.from({ length: Math.min(BATCHES_AT_ONCE, batches.length) }, work))
  return submission
}

type Result = z.infer<typeof answer>['results'][number]
type Problem = z.infer<typeof problem>

/** One result per order; null where the api did not answer. */
async function post(apiUrl: string, orders: readonly SignedOrder[]): Promise<readonly Result[] | null> {
  const body = JSON.stringify({
    orders: orders.map((order) => ({ ...formatOrder(order), signature: order.signature })),
  })
  let status: number
  let text: string
  try {
    const response = await fetch(`${apiUrl}/api/order-batches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    status = response.status
    text = await response.text()
  } catch {
    // Nobody there, which is an answer that means "later".
    return null
  }
  const json = parseJson(text)
  if (status < 300) return answer.safeParse(json).data?.results ?? null
  if (status >= 500 || status === 429) return null
  const refusal = problem.safeParse(json).data ?? problemOf(status)
  return orders.map(() => ({ status, problem: refusal }))
}

function problemOf(status: number): Problem {
  return { code: `status-${status}`, detail: `the api answered with status ${status}` }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
