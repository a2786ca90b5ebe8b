import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/** `hold`: the ledger never hears of the call. `swallow`: it does, and its answer is lost. */
export type Interception = 'hold' | 'swallow'

export type LedgerInterceptor = {
  readonly url: string
  /** Resolves when the first call that `matches` is where it stays; later calls pass. */
  readonly interceptNext: (how: Interception, matches: (call: RpcCall) => boolean) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Stands between a service and its ledger, to stop the service at one exact call. */
export async function interceptLedger(ledgerUrl: string, port: number): Promise<LedgerInterceptor> {
  let armed: { how: Interception; matches: (call: RpcCall) => boolean; reached: () => void } | undefined

  const server = createServer((request, response) => {
    const answer = async () => {
      const body = await readBody(request)
      const call = JSON.parse(body) as RpcCall | RpcCall[]
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
