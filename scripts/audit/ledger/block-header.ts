import { withoutSeals } from './consensus-seals.ts'
import { bytesOf, quantityBytes } from './hex.ts'
import { keccakHex } from './keccak.ts'
import { encodeRlp } from './rlp.ts'
import type { RpcBlock } from './rpc-types.ts'

type Header = Omit<RpcBlock, 'hash' | 'transactions'>

/** Each fork added fields at the end; a header ends with the last that it has. */
const LATER_FIELDS = [
  ['baseFeePerGas', quantityBytes],
  ['withdrawalsRoot', bytesOf],
  ['blobGasUsed', quantityBytes],
  ['excessBlobGas', quantityBytes],
  ['parentBeaconBlockRoot', bytesOf],
  ['requestsHash', bytesOf],
] as const

/** The block's hash, 0x-hex, worked out from its header. */
export function blockHashOf(header: Header): string {
  return hashWith(header, bytesOf(header.extraData))
}

/** Whether the hash is that of the header, with the validators' seals or, under BFT consensus, without them. */
export function isHashOf(hash: string, header: Header): boolean {
  const extraData = bytesOf(header.extraData)
  return [extraData, ...withoutSeals(extraData)].some((extra) => hashWith(header, extra) === hash)
}

function hashWith(header: Header, extraData: Uint8Array): string {
  const fields = [
    bytesOf(header.parentHash),
    bytesOf(header.sha3Uncles),
    bytesOf(header.miner),
    bytesOf(header.stateRoot),
    bytesOf(header.transactionsRoot),
    bytesOf(header.receiptsRoot),
    bytesOf(header.logsBloom),
    quantityBytes(header.difficulty),
    quantityBytes(header.number),
    quantityBytes(header.gasLimit),
    quantityBytes(header.gasUsed),
    quantityBytes(header.timestamp),
    extraData,
    bytesOf(header.mixHash),
    bytesOf(header.nonce),
  ]
  for (const [name, encode] of LATER_FIELDS) {
    const value: string | null | undefined = header[name]
    if (typeof value === 'string') fields.push(encode(value))
  }
  return keccakHex(encodeRlp(fields))
}
