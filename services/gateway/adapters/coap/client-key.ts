import { isUtf8 } from 'node:buffer'
import type { PskLookup } from './endpoint.ts'

/** Longest identity in bytes: what RFC 4279 section 5.3 asks for. */
export const MAX_IDENTITY_BYTES = 128

/** Whose key it is; `isKnown` is false where the key stands in for one that there is not. */
export type ClientKey = { readonly identity: string; readonly psk: Buffer; readonly isKnown: boolean }

export type ClientKeyDeps = {
  readonly pskOf: PskLookup
  readonly random: (size: number) => Buffer
  readonly onDefect: (error: unknown) => void
}

/**
 * The key of an identity, or a random one: the handshake of an unknown identity then fails as that of a wrong key
 * does, so that nobody learns which identities there are (RFC 4279 section 5.3).
 */
export function clientKeyOf(identityBytes: Buffer, { pskOf, random, onDefect }: ClientKeyDeps): ClientKey {
  const standIn = random(16)
  const identity = identityBytes.toString('utf8')
  let psk: Buffer | null = null
  try {
    const isIdentity = identityBytes.length <= MAX_IDENTITY_BYTES && isUtf8(identityBytes)
    psk = isIdentity ? pskOf(identity) : null
  } catch (error) {
    onDefect(error)
  }
  const isKnown = psk !== null && psk.length > 0
  return { identity, psk: isKnown ? psk! : standIn, isKnown }
}
