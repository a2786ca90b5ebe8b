import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { DomainError } from '../../errors.ts'

/** What is kept of a message that was taken in, so that its copies are known: 0x-hex, 32 bytes, of all of its content. */
export type MessageDigest = string

const MESSAGE_ID = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/

/** In lower case, so that one id is one text. Throws `flex-message-id-invalid` unless it is a UUID (RFC 4122). */
export function parseMessageId(value: string): string {
  if (!MESSAGE_ID.test(value)) {
    throw new DomainError('flex-message-id-invalid', `"${value}" is not a UUID, which a message id is`, { value })
  }
  return value.toLowerCase()
}

/** Digest of a message as its sender signed it: the same content gives the same digest, whenever and however it comes. */
export function messageDigestOf(content: Uint8Array): MessageDigest {
  return `0x${bytesToHex(sha256(content))}`
}

/**
 * Whether a message is new, or one that was taken in before under its id, which is then answered as it was (UFTP's "Already
 * Submitted"). Throws `duplicate-identifier` where its id was used for another content.
 * @param known Digest of the message that was taken in under the id; null where there was none.
 */
export function noveltyOf(known: MessageDigest | null, digest: MessageDigest): 'new' | 'already-submitted' {
  if (known === null) return 'new'
  if (known === digest) return 'already-submitted'
  throw new DomainError(
    'duplicate-identifier',
    'another message has the same id: give each message an id of its own, and send the same one again unchanged',
    { known, digest },
  )
}
