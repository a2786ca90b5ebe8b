import { bytesOf, concat, quantityBytes } from './hex.ts'
import { keccak256 } from './keccak.ts'
import { encodeRlp } from './rlp.ts'
import type { RpcLog, RpcReceipt } from './rpc-types.ts'

const BLOOM_BYTES = 256

/** A receipt as a block's receipts root holds it, with the bloom that its logs have. */
export function encodeReceipt(receipt: RpcReceipt): Uint8Array {
  const logs = receipt.logs.map(({ address, topics, data }) => [bytesOf(address), topics.map(bytesOf), bytesOf(data)])
  const encoded = encodeRlp([
    quantityBytes(receipt.status),
    quantityBytes(receipt.cumulativeGasUsed),
    bloomOf(receipt.logs),
    logs,
  ])
  const type = receipt.type === undefined ? 0 : Number(receipt.type)
  return type === 0 ? encoded : concat([Uint8Array.of(type), encoded])
}

/** The filter in which addresses and topics of logs leave three bits each, 256 bytes. */
export function bloomOf(logs: readonly RpcLog[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES)
  for (const { address, topics } of logs) {
    for (const text of [address, ...topics]) {
      for (const bit of bitsOf(text)) bloom[BLOOM_BYTES - 1 - (bit >> 3)]! |= 1 << (bit & 7)
    }
  }
  return bloom
}

// The same few addresses and topics come in every block.
const known = new Map<string, readonly number[]>()
const KNOWN_LIMIT = 100_000

function bitsOf(hex: string): readonly number[] {
  const found = known.get(hex)
  if (found !== undefined) return found
  const hash = keccak256(bytesOf(hex))
  const bits = [0, 2, 4].map((place) => ((hash[place]! << 8) | hash[place + 1]!) & 2047)
  if (known.size >= KNOWN_LIMIT) known.clear()
  known.set(hex, bits)
  return bits
}
