import { DifferenceFound, differ, type Difference } from '../difference.ts'
import { blockHashOf, isHashOf } from './block-header.ts'
import { bytesOf, hexOf } from './hex.ts'
import { keccak256, keccakHex } from './keccak.ts'
import { orderedTrieRootOf } from './ordered-trie.ts'
import { bloomOf, encodeReceipt } from './receipt-encoding.ts'
import { isHash, malformedIn } from './rpc-shape.ts'
import type { RpcBlock, RpcReceipt, RpcTransaction } from './rpc-types.ts'
import { authorityOf, createdAddressOf, encodeTransaction, senderOf } from './transaction-encoding.ts'

/** An event as a contract emitted it; address and topics are lower-case. */
export type Log = { readonly address: string; readonly topics: readonly string[]; readonly data: Uint8Array }

export type Transaction = {
  readonly hash: string
  /** Lower-case, like every address here. */
  readonly from: string
  /** Null for the creation of a contract, which then lies at `created`. */
  readonly to: string | null
  readonly nonce: number
  /** Whoever authorised a contract's code for its account (EIP-7702), which counts like a transaction of theirs. */
  readonly authorities: readonly string[]
  readonly created: string | null
  readonly input: Uint8Array
  readonly succeeded: boolean
  readonly gasUsed: number
  readonly logs: readonly Log[]
}

/** A block whose hash covers all that is here, unless `difference` says what it does not cover. */
export type VerifiedBlock = {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly gasUsed: number
  readonly transactions: readonly Transaction[]
  readonly difference: Difference | null
}

/** Checks a block against its own hash: header, transactions with their senders, receipts, bloom. Never throws. */
export function verifyBlock(number: number, answered: unknown, answeredReceipts: unknown): VerifiedBlock {
  const malformed = malformedIn(number, answered, answeredReceipts)
  if (malformed !== null) {
    const hash = isHash((answered as RpcBlock | null)?.hash) ? (answered as RpcBlock).hash : ''
    return { number, hash, parentHash: '', timestamp: 0, gasUsed: 0, transactions: [], difference: malformed }
  }
  const block = answered as RpcBlock
  const receipts = answeredReceipts as readonly RpcReceipt[]
  const transactions = block.transactions.map((transaction, position) =>
    readTransaction(transaction, receipts[position], receipts[position - 1]),
  )
  const difference = differenceOf(() => {
    if (Number(block.number) !== number) {
      differ('block-number', `the node answers with block ${Number(block.number)}`, { block: number })
    }
    requireHash(block, number)
    requireTransactions(block, number)
    requireReceipts(block, receipts, number)
    requireGas(block, receipts, number)
  })
  return {
    number,
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: Number(block.timestamp),
    gasUsed: Number(block.gasUsed),
    transactions,
    difference,
  }
}

/** What the work runs into, or null. What a node answered in no form that exists is a difference as well. */
export function differenceOf(work: () => void): Difference | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof DifferenceFound) return error.difference
    if (error instanceof SyntaxError) return { check: 'malformed', message: error.message }
    throw error
  }
}

function requireHash(block: RpcBlock, number: number): void {
  if (isHashOf(block.hash, block)) return
  const message = `its hash is said to be ${block.hash}, and its header gives ${blockHashOf(block)}`
  differ('block-hash', message, { block: number })
}

function requireTransactions(block: RpcBlock, number: number): void {
  const encoded = block.transactions.map((transaction) => {
    const bytes = encodeTransaction(transaction)
    const place = { block: number, transaction: transaction.hash }
    const hash = keccakHex(bytes)
    if (hash !== transaction.hash) differ('transaction-hash', `what it says has the hash ${hash}`, place)
    const sender = senderOf(transaction)
    if (sender !== transaction.from.toLowerCase()) {
      differ(
        'transaction-sender',
        `it was signed by ${sender ?? 'nobody'}, and is said to be from ${transaction.from}`,
        place,
      )
    }
    return bytes
  })
  const root = hexOf(orderedTrieRootOf(encoded))
  if (root !== block.transactionsRoot && !isHardhatGenesis(block, number)) {
    differ(
      'transactions-root',
      `its transactions root is ${block.transactionsRoot}, and its transactions give ${root}`,
      {
        block: number,
      },
    )
  }
}

function requireReceipts(block: RpcBlock, receipts: readonly RpcReceipt[], number: number): void {
  const strange = block.transactions.find((transaction, place) => receipts[place]?.transactionHash !== transaction.hash)
  if (strange !== undefined || receipts.length !== block.transactions.length) {
    differ('receipts', 'the receipts are not those of its transactions', { block: number, transaction: strange?.hash })
  }
  const root = hexOf(orderedTrieRootOf(receipts.map(encodeReceipt)))
  if (root !== block.receiptsRoot) {
    // What a receipts root covers cannot be said of one receipt alone, unless there is but one.
    const transaction = block.transactions.length === 1 ? block.transactions[0]?.hash : undefined
    const message = `its receipts root is ${block.receiptsRoot}, and its receipts give ${root}`
    differ('receipts-root', message, { block: number, transaction })
  }
  const bloom = hexOf(bloomOf(receipts.flatMap(({ logs }) => logs)))
  if (bloom !== block.logsBloom) differ('logs-bloom', 'its filter of logs is not that of its logs', { block: number })
}

/** The gas of a transaction alone is covered by no root: it is what the sum up to it has grown by. */
function requireGas(block: RpcBlock, receipts: readonly RpcReceipt[], number: number): void {
  receipts.forEach((receipt, position) => {
    const gas = gasOf(receipt, receipts[position - 1])
    if (BigInt(receipt.gasUsed) === gas) return
    const message = `its gas is said to be ${Number(receipt.gasUsed)}, and the sums of its block give ${gas}`
    differ('gas-used', message, { block: number, transaction: receipt.transactionHash })
  })
  const sum = BigInt(receipts.at(-1)?.cumulativeGasUsed ?? 0)
  if (receipts.length > 0 && sum !== BigInt(block.gasUsed)) {
    const message = `its gas is said to be ${Number(block.gasUsed)}, and that of its transactions is ${sum}`
    differ('gas-used', message, { block: number })
  }
}

function gasOf(receipt: RpcReceipt, before: RpcReceipt | undefined): bigint {
  return BigInt(receipt.cumulativeGasUsed) - BigInt(before?.cumulativeGasUsed ?? 0)
}

/** Hardhat's node gives its first block, which has no transactions, the hash of nothing instead of an empty trie's. */
function isHardhatGenesis(block: RpcBlock, number: number): boolean {
  return (
    number === 0 && block.transactions.length === 0 && block.transactionsRoot === hexOf(keccak256(new Uint8Array()))
  )
}

function readTransaction(
  transaction: RpcTransaction,
  receipt: RpcReceipt | undefined,
  before: RpcReceipt | undefined,
): Transaction {
  const from = transaction.from.toLowerCase()
  return {
    hash: transaction.hash,
    from,
    to: transaction.to?.toLowerCase() ?? null,
    nonce: Number(transaction.nonce),
    authorities: (transaction.authorizationList ?? []).flatMap((each) => authorityOf(each) ?? []),
    created: transaction.to === null ? createdAddressOf(from, transaction.nonce) : null,
    input: bytesOf(transaction.input),
    succeeded: receipt !== undefined && BigInt(receipt.status) === 1n,
    gasUsed: receipt === undefined ? 0 : Number(gasOf(receipt, before)),
    logs: (receipt?.logs ?? []).map(({ address, topics, data }) => ({
      address: address.toLowerCase(),
      topics: topics.map((topic) => topic.toLowerCase()),
      data: bytesOf(data),
    })),
  }
}
