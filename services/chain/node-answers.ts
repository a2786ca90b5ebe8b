import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { isLedgerUnreachable, messageOf, revertToDomainError } from './errors.ts'
import type { Ledger } from './ledger.ts'

export type Node = Ledger['provider']

const hex = z.string().regex(/^0x[0-9a-f]+$/i)
const quantity = hex.transform((value) => BigInt(value))
const number = quantity.pipe(z.bigint().max(BigInt(Number.MAX_SAFE_INTEGER)).transform(Number))
const receipt = z.object({ transactionHash: hex, status: number, blockNumber: number, gasUsed: quantity })
const block = z.object({ number, timestamp: number, baseFeePerGas: quantity.optional() })
const contents = z.object({ transactions: z.array(hex) })

export type Receipt = z.output<typeof receipt>

/**
 * What the node says, in the form that it should have. Anything else, an error too, throws `ledger-unreachable`: these are
 * questions to which a node that is well has an answer, so that asking again is all that there is to do.
 */
async function ask<Answer>(
  node: Node,
  method: string,
  parameters: unknown[],
  schema: z.ZodType<Answer>,
): Promise<Answer> {
  let answer: unknown
  try {
    answer = await node.send(method, parameters)
  } catch (error) {
    if (isLedgerUnreachable(error)) throw revertToDomainError(error)
    throw errorOfNode(method, error)
  }
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new DomainError('ledger-unreachable', `the ledger answers ${method} with what is no answer to it`)
}

/** Of a node that is there, and answers that it cannot say. */
export function errorOfNode(method: string, error: unknown): DomainError {
  const said = `the ledger answers ${method} with an error: ${messageOf(error)}`
  return new DomainError('ledger-unreachable', said, { method, isAnswer: true })
}

/** Whether the node was there and answered that it could not say. */
export function isErrorOfNode(error: unknown): boolean {
  return error instanceof DomainError && error.details.isAnswer === true
}

/** Null before the transaction is mined. */
export function readReceipt(node: Node, hash: string): Promise<Receipt | null> {
  return ask(node, 'eth_getTransactionReceipt', [hash], receipt.nullable())
}

/** How many transactions of the address are mined up to that block, with `pending` also those that wait at the node. */
export function readTransactionCount(node: Node, address: string, at: number | 'latest' | 'pending'): Promise<number> {
  return ask(node, 'eth_getTransactionCount', [address, tagOf(at)], number)
}

/** Number, time in unix seconds and base fee in wei (0 where the ledger knows none) of the latest block. */
export async function readLatest(node: Node): Promise<{ number: number; timestamp: number; baseFee: bigint }> {
  const latest = await ask(node, 'eth_getBlockByNumber', ['latest', false], block)
  return { number: latest.number, timestamp: latest.timestamp, baseFee: latest.baseFeePerGas ?? 0n }
}

/** The hashes of a block's transactions. */
export async function readHashes(node: Node, blockNumber: number): Promise<readonly string[]> {
  const { transactions } = await ask(node, 'eth_getBlockByNumber', [tagOf(blockNumber), false], contents)
  return transactions
}

function tagOf(at: number | string): string {
  return typeof at === 'number' ? `0x${at.toString(16)}` : at
}
