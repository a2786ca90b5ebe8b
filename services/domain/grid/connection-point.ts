import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** The commitment to a connection point that the ledger holds: keccak256 of its identifier and a salt of 32 bytes (0x-hex). */
export function connectionPointCommitmentOf(identifier: string, salt: string): string {
  return `0x${bytesToHex(keccak_256(concatBytes(utf8ToBytes(identifier), hexToBytes(salt.slice(2)))))}`
}
