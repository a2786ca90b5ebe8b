import { addressOfKey, recoverSigner, signDigest } from './typed-data.ts'
import { DomainError } from '../domain/errors.ts'

/**
 * A key that signs without being shown: in this process, in a PKCS#11 module or at a key service. Whoever holds one
 * knows its address, and nothing else of it.
 */
export type SigningKey = {
  /** Lower-case 0x-hex. */
  readonly address: string
  /** An EIP-2098 signature, 64 bytes as 0x-hex, of a digest of 32 bytes. */
  readonly sign: (digest: Uint8Array) => Promise<string>
}

/** Signs in this process with a private key, 32 bytes as 0x-hex. */
export function localSigningKey(privateKey: string): SigningKey {
  return {
    address: addressOfKey(privateKey),
    sign: async (digest) => signDigest(digest, privateKey),
  }
}

/** What the key signed, once it is known to be its own signature. Throws `signature-foreign`. */
export async function signChecked(key: SigningKey, digest: Uint8Array): Promise<string> {
  const signature = await key.sign(digest)
  if (recoverSigner(digest, signature) === key.address) return signature
  throw new DomainError('signature-foreign', `what was given as a signature of ${key.address} is not one`)
}
