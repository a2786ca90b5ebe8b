import { concat, numberAt } from '../ledger/hex.ts'
import { keccak256, keccakHex } from '../ledger/keccak.ts'
import type { LedgerEvent } from './ledger-event.ts'

const SELECTOR = keccak256(
  new TextEncoder().encode('clear(uint32,uint32,(int24,uint64,uint64,uint64,uint64),bytes,bytes)'),
).subarray(0, 4)
const WORD = 32
const CLAIM_AT = 2 * WORD
const CLAIM_LENGTH = 5 * WORD
const ORDERS_AT = 7 * WORD

/**
 * The packed orders of each call of `clear` for that session and claim in the event's transaction, in their sequence:
 * wherever in its input they are, since the sender may have gone through a contract of its own. It does not matter who
 * put them there: the hash that closed the gate tells whether they are the right ones.
 */
export function clearCallsOf(
  { transaction }: LedgerEvent,
  area: number,
  period: number,
  claimHash: string,
): Uint8Array[] {
  const input = Buffer.from(transaction.input.buffer, transaction.input.byteOffset, transaction.input.length)
  const found: Uint8Array[] = []
  const head = concat([SELECTOR, wordOf(area), wordOf(period)])
  for (let at = input.indexOf(head); at >= 0; at = input.indexOf(head, at + head.length)) {
    const data = input.subarray(at + SELECTOR.length)
    if (keccakHex(data.subarray(CLAIM_AT, CLAIM_AT + CLAIM_LENGTH)) !== claimHash) continue
    const start = numberAt(data, ORDERS_AT + WORD - 6, 6)
    const length = numberAt(data, start + WORD - 6, 6)
    if (start + WORD + length <= data.length) found.push(data.subarray(start + WORD, start + WORD + length))
  }
  return found
}

function wordOf(value: number): Uint8Array {
  const word = new Uint8Array(WORD)
  new DataView(word.buffer).setUint32(WORD - 4, value)
  return word
}
