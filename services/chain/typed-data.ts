import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import secp256k1 from 'secp256k1'

/** An EIP-712 domain, reduced to what a digest needs of it. */
export type SigningDomain = { readonly separator: Uint8Array }

const DOMAIN_TYPE = hashText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)')
const DOMAIN_NAME = hashText('Commonwatt')
const DOMAIN_VERSION = hashText('1')
const DIGEST_PREFIX = Uint8Array.of(0x19, 0x01)

/** The domain ("Commonwatt", "1") of one of our contracts. */
export function signingDomainOf(chainId: bigint, verifyingContract: string): SigningDomain {
  const fields = [DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION, wordOf(chainId), wordOf(BigInt(verifyingContract))]
  return { separator: keccak_256(concatBytes(...fields)) }
}

export function hashText(text: string): Uint8Array {
  return keccak_256(utf8ToBytes(text))
}

/** The EIP-712 digest of a struct whose members all fit in a word. */
export function digestOf(domain: SigningDomain, typeHash: Uint8Array, members: readonly bigint[]): Uint8Array {
  const structHash = keccak_256(concatBytes(typeHash, ...members.map(wordOf)))
  return keccak_256(concatBytes(DIGEST_PREFIX, domain.separator, structHash))
}

/** An EIP-2098 signature: 64 bytes as 0x-hex, the parity in the top bit of `s`. */
export function signDigest(digest: Uint8Array, privateKey: string): string {
  const { signature, recid } = secp256k1.ecdsaSign(digest, hexToBytes(privateKey.slice(2)))
  if (recid === 1) signature[32]! |= 0x80
  return `0x${bytesToHex(signature)}`
}

/** The signer's address, 0x-hex in lower case; null where the 64-byte (EIP-2098) or 65-byte signature is no canonical one. */
export function recoverSigner(digest: Uint8Array, signature: string): string | null {
  if (!/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/.test(signature)) return null
  const address = recoverAddress(digest, hexToBytes(signature.slice(2)), keccak_256)
  return address && `0x${bytesToHex(address)}`
}

/** The same in bytes, of 64 or 65 of them: the address has 20. `keccak` is for whoever has a faster one than browsers. */
export function recoverAddress(
  digest: Uint8Array,
  signature: Uint8Array,
  keccak: (bytes: Uint8Array) => Uint8Array,
): Uint8Array | null {
  const compact = compactOf(signature)
  if (compact === null) return null
  const { bytes, parity } = compact
  try {
    // Both s and n - s verify: only the lower is accepted, so that nobody can make a second signature out of a first.
    if (secp256k1.signatureNormalize(Uint8Array.from(bytes)).some((byte, index) => byte !== bytes[index])) return null
    return keccak(secp256k1.ecdsaRecover(bytes, parity, digest, false).subarray(1)).subarray(12)
  } catch {
    return null // secp256k1 throws where r or s is beyond the curve, and where no public key belongs to them
  }
}

/** The address of a private key, 0x-hex in lower case. */
export function addressOfKey(privateKey: string): string {
  const publicKey = secp256k1.publicKeyCreate(hexToBytes(privateKey.slice(2)), false)
  return `0x${bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12))}`
}

function compactOf(signature: Uint8Array): { bytes: Uint8Array; parity: number } | null {
  if (signature.length === 64) {
    const bytes = Uint8Array.from(signature)
    const parity = bytes[32]! >> 7
    bytes[32]! &= 0x7f
    return { bytes, parity }
  }
  if (signature.length !== 65) return null
  const recovery = signature[64]!
  const parity = recovery >= 27 ? recovery - 27 : recovery
  return parity > 1 ? null : { bytes: signature.subarray(0, 64), parity }
}

/** In two's complement, as the ledger has it. */
function wordOf(value: bigint): Uint8Array {
  const word = new DataView(new ArrayBuffer(32))
  for (let at = 24, rest = value; at >= 0; at -= 8, rest >>= 64n) word.setBigUint64(at, BigInt.asUintN(64, rest))
  return new Uint8Array(word.buffer)
}
