import { createKeccak } from 'hash-wasm'

// Seven times as fast as JavaScript: an audit hashes every order four times over and every transaction three times.
const hasher = await createKeccak(256)

/** keccak256, 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest('binary')
}

/** keccak256 as 0x-hex. */
export function keccakHex(bytes: Uint8Array): string {
  return `0x${hasher.init().update(bytes).digest('hex')}`
}
