import type { BlockTransaction } from '../chain/blocks.ts'
import { decodeCall } from '../chain/events.ts'
import type { Ledger } from '../chain/ledger.ts'
import { hashChain, ORDERS_PER_CHUNK, PACKED_ORDER_BYTES } from '../chain/packed-orders.ts'

export type Call = Pick<BlockTransaction, 'to' | 'input'>

/** What the session was closed on, and the calls that cleared it, chunk by chunk. */
export type Submission = { readonly orderCount: number; readonly ordersHash: string; readonly calls: readonly Call[] }

const NOTHING = `0x${'00'.repeat(32)}`
const WORD = 32
/** How many ways to put chunks together are tried, and how many bytes are hashed in search of orders without a sign. */
const MOST_COMBINATIONS = 256
const MOST_BYTES_HASHED = 32 * 2 ** 20

/**
 * The packed orders that a session was cleared with. Anyone may clear, also through a contract of their own: then they
 * are wherever in the call's data the bytes lie whose hash is the one that the gate was closed on. Null where they are
 * nowhere.
 */
export function findSubmittedOrders(
  ledger: Pick<Ledger, 'addresses' | 'contracts'>,
  { orderCount, ordersHash, calls }: Submission,
): Uint8Array | null {
  if (ordersHash === NOTHING) return new Uint8Array()
  const lengths = calls.map((_, chunk) => ordersInChunk(orderCount, chunk) * PACKED_ORDER_BYTES)
  if (lengths.some((length) => length <= 0)) return null

  const candidates = calls.map((call, chunk) => candidatesOf(ledger, call, lengths[chunk]!))
  const found = firstChain(candidates, ordersHash)
  if (found !== null) return Buffer.concat(found)
  return calls.length === 1 ? searchEverywhere(bytesOf(calls[0]!.input), lengths[0]!, ordersHash) : null
}

function ordersInChunk(orderCount: number, chunk: number): number {
  return Math.min(ORDERS_PER_CHUNK, orderCount - chunk * ORDERS_PER_CHUNK)
}

/** Where the chunk may lie: as the argument of our own function, or behind any word that states its length. */
function candidatesOf(ledger: Pick<Ledger, 'addresses' | 'contracts'>, call: Call, length: number): Buffer[] {
  const decoded = decodeCall(ledger, call)
  if (decoded?.contract === 'callAuction' && decoded.name === 'clear') {
    return [bytesOf(decoded.arguments.orders as string)]
  }
  const input = bytesOf(call.input)
  const stated = Buffer.alloc(WORD)
  stated.writeUInt32BE(length, WORD - 4)
  const candidates: Buffer[] = []
  for (let at = input.indexOf(stated); at !== -1; at = input.indexOf(stated, at + 1)) {
    const chunk = input.subarray(at + WORD, at + WORD + length)
    if (chunk.length === length) candidates.push(chunk)
  }
  return candidates
}

/** One candidate for each chunk, so that together they have the hash; null where none do. */
function firstChain(candidates: readonly (readonly Buffer[])[], ordersHash: string): Buffer[] | null {
  let chains: Buffer[][] = [[]]
  for (const chunk of candidates) {
    chains = chains.flatMap((chain) => chunk.map((candidate) => [...chain, candidate])).slice(0, MOST_COMBINATIONS)
  }
  return chains.find((chain) => hashChain(chain) === ordersHash) ?? null
}

function searchEverywhere(input: Buffer, length: number, ordersHash: string): Buffer | null {
  let hashed = 0
  for (let at = 0; at + length <= input.length && hashed < MOST_BYTES_HASHED; at += 1, hashed += length) {
    const chunk = input.subarray(at, at + length)
    if (hashChain([chunk]) === ordersHash) return chunk
  }
  return null
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex')
}
