import { DomainError } from '../domain/errors.ts'
import type { LedgerLog } from './events.ts'
import { sendBatch } from './json-rpc.ts'
import type { Ledger } from './ledger.ts'

export type BlockTransaction = {
  readonly hash: string
  readonly position: number
  readonly from: string
  /** Null for the creation of a contract. */
  readonly to: string | null
  readonly input: string
  readonly succeeded: boolean
  readonly gasUsed: bigint
  readonly logs: readonly LedgerLog[]
}

/** A block with everything that happened in it; hashes and addresses are lower-case. */
export type Block = {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly timestamp: number
  readonly gasUsed: bigint
  readonly transactions: readonly BlockTransaction[]
}

type RpcTransaction = { hash: string; transactionIndex: string; from: string; to: string | null; input: string }
type RpcBlock = {
  number: string
  hash: string
  parentHash: string
  timestamp: string
  gasUsed: string
  transactions: RpcTransaction[]
}
type RpcReceipt = {
  blockHash: string
  status: string
  gasUsed: string
  logs: { address: string; topics: string[]; data: string; logIndex: string }[]
}

const RECEIPTS_PER_REQUEST = 200

/**
 * The blocks from `first` on, within the limits (but at least one where there is one), and the number of the ledger's
 * last. Throws `ledger-unreachable`, and `ledger-inconsistent` where the node does not have all of a block yet.
 */
export async function readBlocks(
  ledger: Pick<Ledger, 'url'>,
  first: number,
  limits: { readonly blocks: number; readonly transactions: number },
): Promise<{ blocks: Block[]; head: number }> {
  const [headNumber, next] = (await sendBatch(ledger.url, [
    { method: 'eth_blockNumber', params: [] },
    blockRequest(first),
  ])) as [string, RpcBlock | null]
  const head = Number(headNumber)
  if (next === null) return { blocks: [], head }

  const rest = range(first + 1, Math.min(head, first + limits.blocks - 1))
  const more = (await sendBatch(ledger.url, rest.map(blockRequest))) as (RpcBlock | null)[]
  const taken = [next]
  let transactions = next.transactions.length
  for (const block of more) {
    if (block === null || transactions + block.transactions.length > limits.transactions) break
    transactions += block.transactions.length
    taken.push(block)
  }
  const receipts = await readReceipts(ledger, taken)
  return { blocks: taken.map((block) => blockOf(block, receipts)), head }
}

/** Hash of the block of that number; null where the ledger ends before. */
export async function readBlockHash(ledger: Pick<Ledger, 'url'>, number: number): Promise<string | null> {
  const request = { method: 'eth_getBlockByNumber', params: [hex(number), false] }
  const [block] = (await sendBatch(ledger.url, [request])) as [RpcBlock | null]
  return block?.hash ?? null
}

/** Whether the ledger has a block of that hash. */
export async function hasBlock(ledger: Pick<Ledger, 'url'>, hash: string): Promise<boolean> {
  const [block] = await sendBatch(ledger.url, [{ method: 'eth_getBlockByHash', params: [hash, false] }])
  return block !== null
}

/** Whom these transactions call and with what data, by hash. Throws `ledger-inconsistent` where the node misses one. */
export async function readCalls(
  ledger: Pick<Ledger, 'url'>,
  hashes: readonly string[],
): Promise<Map<string, Pick<BlockTransaction, 'to' | 'input'>>> {
  const requests = hashes.map((hash) => ({ method: 'eth_getTransactionByHash', params: [hash] }))
  const transactions = (await sendBatch(ledger.url, requests)) as (RpcTransaction | null)[]
  return new Map(
    transactions.map((transaction, index) => {
      if (transaction === null) {
        throw new DomainError('ledger-inconsistent', `the node does not have the transaction ${hashes[index]}`)
      }
      return [transaction.hash, { to: transaction.to?.toLowerCase() ?? null, input: transaction.input }]
    }),
  )
}

async function readReceipts(
  ledger: Pick<Ledger, 'url'>,
  blocks: readonly RpcBlock[],
): Promise<Map<string, RpcReceipt>> {
  const hashes = blocks.flatMap((block) => block.transactions.map((transaction) => transaction.hash))
  const receipts = new Map<string, RpcReceipt>()
  for (let start = 0; start < hashes.length; start += RECEIPTS_PER_REQUEST) {
    const some = hashes.slice(start, start + RECEIPTS_PER_REQUEST)
    const requests = some.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }))
    const answers = (await sendBatch(ledger.url, requests)) as (RpcReceipt | null)[]
    answers.forEach((receipt, index) => {
      if (receipt !== null) receipts.set(some[index] ?? '', receipt)
    })
  }
  return receipts
}

function blockOf(block: RpcBlock, receipts: ReadonlyMap<string, RpcReceipt>): Block {
  return {
    number: Number(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: Number(block.timestamp),
    gasUsed: BigInt(block.gasUsed),
    transactions: block.transactions.map((transaction) => {
      const receipt = receipts.get(transaction.hash)
      if (receipt === undefined || receipt.blockHash !== block.hash) {
        throw new DomainError(
          'ledger-inconsistent',
          `the node has no receipt for transaction ${transaction.hash} of block ${Number(block.number)}`,
        )
      }
      return {
        hash: transaction.hash,
        position: Number(transaction.transactionIndex),
        from: transaction.from.toLowerCase(),
        to: transaction.to?.toLowerCase() ?? null,
        input: transaction.input,
        succeeded: BigInt(receipt.status) === 1n,
        gasUsed: BigInt(receipt.gasUsed),
        logs: receipt.logs.map((log) => ({ ...log, logIndex: Number(log.logIndex) })),
      }
    }),
  }
}

function blockRequest(number: number) {
  return { method: 'eth_getBlockByNumber', params: [hex(number), true] }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}
