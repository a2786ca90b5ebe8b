import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import hre from 'hardhat'

export type InProcessLedger = {
  /** JSON-RPC on loopback, for what speaks nothing else. */
  readonly url: string
  readonly request: (method: string, parameters: readonly unknown[]) => Promise<unknown>
  readonly close: () => Promise<void>
}

type RpcRequest = { readonly id: number; readonly method: string; readonly params: unknown[] }

/** One EVM in this very process, so that what is timed on it is its own work. */
export async function startInProcessLedger(
  privateKeys: readonly string[],
  genesisTime: number,
): Promise<InProcessLedger> {
  const connection = await hre.network.create({
    network: 'default',
    override: {
      chainId: 31_337,
      initialDate: new Date(genesisTime * 1000),
      accounts: privateKeys.map((privateKey) => ({ privateKey, balance: 10n ** 24n })),
      initialBaseFeePerGas: 0,
      blockGasLimit: 1_000_000_000,
    },
  })
  const request: InProcessLedger['request'] = (method, parameters) =>
    connection.provider.request({ method, params: [...parameters] })

  const answer = async ({ id, method, params }: RpcRequest) => {
    try {
      return { jsonrpc: '2.0', id, result: await request(method, params) }
    } catch (error) {
      const { message, code, data } = error as { message: string; code?: number; data?: unknown }
      return { jsonrpc: '2.0', id, error: { code: code ?? -32_603, message, data } }
    }
  }
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as RpcRequest | RpcRequest[]
      void Promise.resolve(Array.isArray(body) ? Promise.all(body.map(answer)) : answer(body)).then((result) => {
        outgoing.setHeader('content-type', 'application/json')
        outgoing.end(JSON.stringify(result))
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    request,
    async close() {
      server.closeAllConnections()
      server.close()
      await connection.close()
    },
  }
}
