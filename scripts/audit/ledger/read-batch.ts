import { setTimeout as wait } from 'node:timers/promises'
import { DomainError } from '../../../services/domain/errors.ts'
import { sendBatch, type RpcRequest } from '../../../services/chain/json-rpc.ts'

const WAITS_MS = [100, 500, 2_000]

/**
 * Reads from a node, and tries again where it does not answer: a connection that it closed in the meantime must not end
 * an audit of many minutes. Throws `ledger-unreachable` at last, `ledger-refused` at once.
 */
export async function readBatch(url: string, requests: readonly RpcRequest[]): Promise<unknown[]> {
  for (const milliseconds of WAITS_MS) {
    try {
      return await sendBatch(url, requests)
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'ledger-unreachable') throw error
      await wait(milliseconds)
    }
  }
  return sendBatch(url, requests)
}
