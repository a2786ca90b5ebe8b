import type { BlockTransaction } from './blocks.ts'
import { decodeCall } from './events.ts'
import type { Ledger } from './ledger.ts'
import { FEWEST_ORDERS_PER_CHUNK, hashChain, MOST_ORDERS_PER_CHUNK, PACKED_ORDER_BYTES } from './packed-orders.ts'

export type Call = Pick<BlockTransaction, 'to' | 'input'>

/** What the session was closed on, and the calls that cleared it, chunk by chunk. */
export type Submission = { readonly orderCount: number; readonly ordersHash: string; readonly calls: readonly Call[] }

type Contracts = Pick<Ledger, 'addresses' | 'contracts'>

/** How many orders a chunk may have. */
type Bounds = { readonly fewest: number; readonly most: number }

const NOTHING = `0x${'00'.repeat(32)}`
const WORD = 32
const LENGTH_BYTES = 4
/** How many ways to put chunks together are tried, and how many bytes are hashed in search of orders without a sign. */
const MOST_COMBINATIONS = 256
const MOST_BYTES_HASHED = 32 * 2 ** 20

/**
 * The packed orders that a session was cleared with, chunk by chunk as they were committed. Anyone may clear, also through
 * a contract of their own: then they are wherever in the calls' data the bytes lie whose hash is the one that the gate was
 * closed on. Null where they are nowhere.
 */
export function findSubmittedOrders(
  ledger: Contracts,
  { orderCount, ordersHash, calls }: Submission,
): Uint8Array[] | null {
  if (ordersHash === NOTHING) return []
  const candidates = calls.map((call, chunk) => candidatesOf(ledger, call, boundsOf(orderCount, chunk, calls.length)))
  const found = firstChain(candidates, orderCount, ordersHash)
  if (found !== null) return found
  if (calls.length !== 1) return null
  const only = searchEverywhere(bytesOf(calls[0]!.input), orderCount * PACKED_ORDER_BYTES, ordersHash)
  return only === null ? null : [only]
}

function boundsOf(orderCount: number, chunk: number, chunks: number): Bounds {
  const isLast = chunk === chunks - 1
  return {
    fewest: isLast ? 1 : FEWEST_ORDERS_PER_CHUNK,
    most: Math.min(MOST_ORDERS_PER_CHUNK, orderCount),
  }
}

/** Where the chunk may lie: as the argument of our own function, or behind any word that states a length that it may have. */
function candidatesOf(ledger: Contracts, call: Call, bounds: Bounds): Buffer[] {
  const decoded = decodeCall(ledger, call)
  if (decoded?.contract === 'callAuction' && decoded.name === 'clear') {
    return [bytesOf(decoded.arguments.orders as string)]
  }
  const input = bytesOf(call.input)
  const candidates: Buffer[] = []
  let zeros = 0
  for (let at = 0; at + LENGTH_BYTES <= input.length; at += 1) {
    if (zeros >= WORD - LENGTH_BYTES && isLengthWithin(input.readUInt32BE(at), bounds)) {
      const start = at + LENGTH_BYTES
      const chunk = input.subarray(start, start + input.readUInt32BE(at))
      if (chunk.length === input.readUInt32BE(at)) candidates.push(chunk)
    }
    zeros = input[at] === 0 ? zeros + 1 : 0
  }
  return candidates
}

function isLengthWithin(bytes: number, { fewest, most }: Bounds): boolean {
  const orders = bytes / PACKED_ORDER_BYTES
  return Number.isInteger(orders) && orders >= fewest && orders <= most
}

/** One candidate for each chunk, so that together they are all orders and have the hash; null where none do. */
function firstChain(
  candidates: readonly (readonly Buffer[])[],
  orderCount: number,
  ordersHash: string,
): Buffer[] | null {
  const total = orderCount * PACKED_ORDER_BYTES
  let chains: { readonly chunks: Buffer[]; readonly length: number }[] = [{ chunks: [], length: 0 }]
  for (const ofChunk of candidates) {
    chains = chains
      .flatMap(({ chunks, length }) =>
        ofChunk.map((candidate) => ({ chunks: [...chunks, candidate], length: length + candidate.length })),
      )
      .filter(({ length }) => length <= total)
      .slice(0, MOST_COMBINATIONS)
  }
  const found = chains.find(({ chunks, length }) => length === total && hashChain(chunks) === ordersHash)
  return found?.chunks ?? null
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
