import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { blockHashOf } from '../../scripts/audit/ledger/block-header.ts'
import { hexOf } from '../../scripts/audit/ledger/hex.ts'
import { keccakHex } from '../../scripts/audit/ledger/keccak.ts'
import { orderedTrieRootOf } from '../../scripts/audit/ledger/ordered-trie.ts'
import { bloomOf, encodeReceipt } from '../../scripts/audit/ledger/receipt-encoding.ts'
import type { RpcBlock, RpcReceipt, RpcTransaction } from '../../scripts/audit/ledger/rpc-types.ts'
import { encodeTransaction, senderOf } from '../../scripts/audit/ledger/transaction-encoding.ts'

type Request = { readonly id: number; readonly method: string; readonly params: readonly unknown[] }
type Answer = { result?: unknown; readonly error?: unknown }
type Writable<Value> = { -readonly [Name in keyof Value]: Value[Name] }

/** A ledger as its node answers for it, request by request, to be tampered with. */
export type LedgerCopy = Map<string, Answer>

export type Served = { readonly url: string; readonly stop: () => Promise<void> }

/** Passes batches on to a node and writes down what it answers. */
export async function recordLedger(target: string): Promise<Served & { readonly copy: LedgerCopy }> {
  const copy: LedgerCopy = new Map()
  const served = await serve(async (requests) => {
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requests),
    })
    const answers = (await response.json()) as (Answer & { id: number })[]
    for (const { id, ...answer } of answers) {
      const request = requests.find((each) => each.id === id)!
      copy.set(keyOf(request), answer)
    }
    return answers
  })
  return { ...served, copy }
}

/** Answers as the copy says, and refuses whatever was never asked. */
export function serveCopy(copy: LedgerCopy): Promise<Served> {
  const refusal = { error: { code: -32_601, message: 'that was never asked' } }
  return serve(async (requests) =>
    requests.map((request) => ({ jsonrpc: '2.0', id: request.id, ...(copy.get(keyOf(request)) ?? refusal) })),
  )
}

/** The same answers, each a copy of its own. */
export function cloneCopy(copy: LedgerCopy): LedgerCopy {
  return structuredClone(copy)
}

export function blockOf(copy: LedgerCopy, number: number): Writable<RpcBlock> {
  return copy.get(keyOf({ method: 'eth_getBlockByNumber', params: [`0x${number.toString(16)}`, true] }))!
    .result as Writable<RpcBlock>
}

export function receiptOf(copy: LedgerCopy, hash: string): Writable<RpcReceipt> {
  return copy.get(keyOf({ method: 'eth_getTransactionReceipt', params: [hash] }))!.result as Writable<RpcReceipt>
}

/** Block, transaction and receipt of the first, or a later, log with that first topic. */
export function findLog(
  copy: LedgerCopy,
  topic: string,
  isWanted: (topics: readonly string[], data: string) => boolean = () => true,
) {
  for (let number = 0; number <= headOf(copy); number += 1) {
    for (const transaction of blockOf(copy, number).transactions) {
      const receipt = receiptOf(copy, transaction.hash)
      const place = receipt.logs.findIndex((log) => log.topics[0] === topic && isWanted(log.topics, log.data))
      const log = receipt.logs[place] as { topics: string[]; data: string } | undefined
      if (log !== undefined) return { number, transaction: transaction as Writable<RpcTransaction>, receipt, log }
    }
  }
  throw new Error(`no log has the topic ${topic}`)
}

export function findTransaction(copy: LedgerCopy, isWanted: (transaction: RpcTransaction) => boolean) {
  for (let number = 0; number <= headOf(copy); number += 1) {
    const transaction = blockOf(copy, number).transactions.find(isWanted)
    if (transaction !== undefined) return { number, transaction: transaction as Writable<RpcTransaction> }
  }
  throw new Error('no such transaction')
}

/** 0x-hex with the byte at the place changed by one bit. */
export function flipped(hex: string, place: number): string {
  const start = 2 + place * 2
  const byte = Number.parseInt(hex.slice(start, start + 2), 16) ^ 1
  return hex.slice(0, start) + byte.toString(16).padStart(2, '0') + hex.slice(start + 2)
}

/** What a forger does: makes transactions' hashes, roots, filters and block hashes fit again, from the block on. */
export function makeConsistent(copy: LedgerCopy, from: number): void {
  let parentHash = from === 0 ? null : blockOf(copy, from - 1).hash
  for (let number = from; number <= headOf(copy); number += 1) {
    const block = blockOf(copy, number)
    const receipts = block.transactions.map((transaction) => signAnew(copy, transaction))
    if (number > 0) {
      block.transactionsRoot = hexOf(orderedTrieRootOf(block.transactions.map(encodeTransaction)))
      block.receiptsRoot = hexOf(orderedTrieRootOf(receipts.map(encodeReceipt)))
    }
    block.logsBloom = hexOf(bloomOf(receipts.flatMap(({ logs }) => logs)))
    if (parentHash !== null) block.parentHash = parentHash
    block.hash = blockHashOf(block)
    parentHash = block.hash
  }
}

/** A changed transaction has another hash, and to fit its signature another sender. */
function signAnew(copy: LedgerCopy, transaction: Writable<RpcTransaction>): RpcReceipt {
  const receipt = receiptOf(copy, transaction.hash)
  const hash = keccakHex(encodeTransaction(transaction))
  if (hash === transaction.hash) return receipt
  transaction.hash = hash
  transaction.from = senderOf(transaction) ?? transaction.from
  receipt.transactionHash = hash
  copy.set(keyOf({ method: 'eth_getTransactionReceipt', params: [hash] }), { result: receipt })
  return receipt
}

/** Leaves a transaction out of its block. */
export function omitTransaction(copy: LedgerCopy, number: number): void {
  const block = blockOf(copy, number)
  block.transactions = block.transactions.slice(0, -1)
  block.gasUsed = '0x0'
}

/** Ends the ledger a block earlier, with what the contracts hold at its end. */
export function truncate(copy: LedgerCopy): void {
  const tag = (number: number) => `"0x${number.toString(16)}"]`
  const head = headOf(copy)
  copy.set(keyOf({ method: 'eth_blockNumber', params: [] }), { result: `0x${(head - 1).toString(16)}` })
  for (const [key, answer] of [...copy]) {
    if (key.endsWith(tag(head))) copy.set(key.slice(0, -tag(head).length) + tag(head - 1), answer)
  }
}

/** The answer to the first question that begins with the method and has that in it. */
export function answerOf(copy: LedgerCopy, method: string, part: string): { result?: unknown } {
  const key = [...copy.keys()].find((each) => each.startsWith(`${method} `) && each.includes(part))
  if (key === undefined) throw new Error(`nobody asked ${method} about ${part}`)
  return copy.get(key)!
}

export function headOf(copy: LedgerCopy): number {
  return Number(copy.get(keyOf({ method: 'eth_blockNumber', params: [] }))!.result)
}

function keyOf({ method, params }: Pick<Request, 'method' | 'params'>): string {
  return `${method} ${JSON.stringify(params)}`
}

async function serve(answer: (requests: readonly Request[]) => Promise<readonly object[]>): Promise<Served> {
  const server = createServer((request, response) => {
    void (async () => {
      const answers = await answer((await json(request)) as Request[])
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answers))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
