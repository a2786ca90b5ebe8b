import {
  FetchRequest,
  JsonRpcProvider,
  Network,
  type FetchResponse,
  type JsonRpcPayload,
  type JsonRpcResult,
} from 'ethers'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'

/** So long a request may take in all, unless told. */
const REQUEST_TIMEOUT_MS = 30_000

const answers = z.array(z.looseObject({ id: z.number() }))

/** A provider that sends every request at once, remembers no answer, and waits no longer for one than `timeoutMs`. */
export function createProvider(url: string, chainId: bigint, timeoutMs = REQUEST_TIMEOUT_MS): JsonRpcProvider {
  const network = Network.from(chainId)
  return new BoundedProvider(url, network, timeoutMs)
}

class BoundedProvider extends JsonRpcProvider {
  readonly #timeoutMs: number

  constructor(url: string, network: Network, timeoutMs: number) {
    const request = new FetchRequest(url)
    request.timeout = timeoutMs
    super(request, network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 })
    this.#timeoutMs = timeoutMs
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const request = this._getConnection()
    request.body = JSON.stringify(payload)
    request.setHeader('content-type', 'application/json')
    const response = await within(this.#timeoutMs, request)
    response.assertOk()
    return parseAnswers(response.bodyText)
  }
}

/** The time that the library knows begins anew with every byte. */
async function within(timeoutMs: number, request: FetchRequest): Promise<FetchResponse> {
  let timer: NodeJS.Timeout | undefined
  const response = request.send()
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(unreachable(`nothing came within ${timeoutMs} ms`))
      request.cancel()
    }, timeoutMs)
  })
  try {
    return await Promise.race([response, late])
  } finally {
    clearTimeout(timer)
    response.catch(() => undefined)
  }
}

/** What answers in the place of a node, such as a proxy, may say anything. */
function parseAnswers(body: string): JsonRpcResult[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw unreachable('what came is no JSON')
  }
  const parsed = answers.safeParse(Array.isArray(value) ? value : [value])
  if (!parsed.success) throw unreachable('what came is no JSON-RPC')
  // Those with an error are among them: the library looks.
  return parsed.data as unknown as JsonRpcResult[]
}

function unreachable(reason: string): DomainError {
  return new DomainError('ledger-unreachable', `the ledger does not answer: ${reason}`)
}
