import { DomainError } from '../domain/errors.ts'

export type RpcRequest = { readonly method: string; readonly params: readonly unknown[] }

type Answer = { id: number; result?: unknown; error?: { code: number; message: string; data?: unknown } }

const REQUEST_TIMEOUT_MS = 60_000

/** Sends the requests as one JSON-RPC batch; the results in their order. Throws for the first that the node refused. */
export async function sendBatch(url: string, requests: readonly RpcRequest[]): Promise<unknown[]> {
  if (requests.length === 0) return []
  const answers = await post(
    url,
    requests.map((request, id) => ({ jsonrpc: '2.0', id, ...request })),
  )
  const byId = new Map(answers.map((answer) => [answer.id, answer]))
  return requests.map((request, id) => {
    const answer = byId.get(id)
    if (answer === undefined) throw unreachable(`no answer to ${request.method}`)
    if (answer.error !== undefined) {
      throw new DomainError('ledger-refused', `the ledger refused ${request.method}: ${answer.error.message}`, {
        method: request.method,
      })
    }
    return answer.result
  })
}

async function post(url: string, body: unknown): Promise<Answer[]> {
  let answers: unknown
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    answers = await response.json()
  } catch (error) {
    throw unreachable(error instanceof Error ? error.message : String(error))
  }
  if (!Array.isArray(answers)) throw new DomainError('ledger-refused', 'the ledger does not answer batches of requests')
  return answers as Answer[]
}

function unreachable(reason: string): DomainError {
  return new DomainError('ledger-unreachable', `the ledger does not answer: ${reason}`)
}
