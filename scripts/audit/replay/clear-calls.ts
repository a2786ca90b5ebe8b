import { concat, numberAt } from '../ledger/hex.ts'
import { keccak256, keccakHex } from '../ledger/keccak.ts'
import { chainOf } from '../market/session-clearing.ts'
import type { LedgerEvent } from './ledger-event.ts'

const SELECTOR = keccak256(
  new TextEncoder().encode('clear(uint32,uint32,(int24,uint64,uint64,uint64,uint64),bytes,bytes)'),
).subarray(0, 4)
const WORD = 32
const CLAIM_AT = 2 * WORD
const CLAIM_LENGTH = 5 * WORD
const ORDERS_AT = 7 * WORD
/** So many ways of putting chunks together are tried; more than one way there is only where somebody plays tricks. */
const MOST_WAYS = 4_096

/** The packed orders that a chunk may have had. */
export type ChunkCandidates = {
  /** Whether the transaction called `clear` itself, so that there is no doubt. */
  readonly isDirect: boolean
  readonly orders: readonly Uint8Array[]
}

/**
 * What may be the packed orders of a call of `clear` for that session and claim in the event's transaction. Where the sender
 * went through a contract of its own, they may be anywhere in its input, with the selector or without, beside others: the
 * hash that closed the gate tells which are the right ones.
 * @param earlier Chunks of the session that the same transaction has cleared before.
 */
export function clearCallsOf(
  { transaction, calls }: LedgerEvent,
  { area, period, claimHash, earlier }: { area: number; period: number; claimHash: string; earlier: number },
): ChunkCandidates {
  const input = Buffer.from(transaction.input.buffer, transaction.input.byteOffset, transaction.input.length)
  const isDirect = calls.some(({ name, fields }) => {
    return name === 'clear' && fields.number('area') === area && fields.number('period') === period
  })
  const found: Uint8Array[] = []
  const numbers = concat([wordOf(area), wordOf(period)])
  const head = isDirect ? concat([SELECTOR, numbers]) : numbers
  for (let at = input.indexOf(head); at >= 0; at = input.indexOf(head, at + 1)) {
    const data = input.subarray(at + head.length - numbers.length)
    if (data.length < ORDERS_AT + WORD) break
    if (keccakHex(data.subarray(CLAIM_AT, CLAIM_AT + CLAIM_LENGTH)) !== claimHash) continue
    const start = numberAt(data, ORDERS_AT + WORD - 6, 6)
    if (start + WORD > data.length) continue
    const length = numberAt(data, start + WORD - 6, 6)
    if (start + WORD + length <= data.length) found.push(data.subarray(start + WORD, start + WORD + length))
  }
  return { isDirect, orders: isDirect ? found.slice(earlier, earlier + 1) : found }
}

/** One of the candidates for each chunk, so that together they have the hash; null where there are no such. */
export function chunksOf(chunks: readonly ChunkCandidates[], ordersHash: string): Uint8Array[] | null {
  const most = chunks.reduce((ways, { orders }) => ways * orders.length, 1)
  for (let way = 0; way < Math.min(most, MOST_WAYS); way += 1) {
    let rest = way
    const chosen = chunks.map(({ orders }) => {
      const place = rest % orders.length
      rest = Math.floor(rest / orders.length)
      return orders[place]!
    })
    if (chainOf(chosen.filter(({ length }) => length > 0)) === ordersHash) return chosen
  }
  return null
}

function wordOf(value: number): Uint8Array {
  const word = new Uint8Array(WORD)
  new DataView(word.buffer).setUint32(WORD - 4, value)
  return word
}
