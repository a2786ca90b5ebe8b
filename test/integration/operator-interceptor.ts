import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/** `hold`: the ledger never hears of the call. `swallow`: it does, and its answer is lost. */
export type Interception = 'hold' | 'swallow'

export type LedgerInterceptor = {
  readonly url: string
  /** Resolves when the first call that `matches` is where it stays; later calls pass. */
  readonly interceptNext: (how: Interception, matches: (call: RpcCall) => boolean) => Promise<void>
  /** From now on the method is unknown, as it is to another kind of node. */
  readonly refuse: (method: string) => void
  readonly stop: () => Promise<void>
}

/** Stands between a service and its ledger, to stop the service at one exact call. */
export async function interceptLedger(ledgerUrl: string, port: number): Promise<LedgerInterceptor> {
  let armed: { how: Interception; matches: (call: RpcCall) => boolean; reached: () => void } | undefined

  const refused = new Set<string>()

  const server = createServer((request, response) => {
    const answer = async (): Promise<unknown> => {
      const body = await readBody(request)
      const call = JSON.parse(body) as (RpcCall & { id: number }) | RpcCall[]
      if (!Array.isArray(call) && refused.has(call.method)) {
        const error = { code: -32_601, message: 'the method does not exist' }
        response.writeHead(200, { 'content-type': 'application/json' })
        return response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, error }))
      }
      const hit = !Array.isArray(call) && armed?.matches(call) === true ? armed : undefined
      if (hit !== undefined) armed = undefined
      if (hit?.how === 'hold') return hit.reached()
      const result = await fetch(ledgerUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const text = await result.text()
      if (hit !== undefined) return hit.reached()
      response.writeHead(result.status, { 'content-type': 'application/json' }).end(text)
    }
    answer().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    interceptNext: (how, matches) =>
      new Promise((reached) => {
        armed = { how, matches, reached }
      }),
    refuse: (method) => void refused.add(method),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
