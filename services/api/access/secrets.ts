import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { parseCode } from '../../domain/joining/code.ts'

/** 256 random bits as 43 characters. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Letters and digits alone, as EIP-4361 wants its nonce: 256 random bits. */
export function newNonce(): string {
  return randomBytes(32).toString('hex')
}

/** SHA-256 in hex, which is all that is kept of a secret. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** That of a printed code, however it is typed; null where the text is no code. */
export function hashOfCode(typed: string): string | null {
  const code = parseCode(typed)
  return code === null ? null : hashOfSecret(code)
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function isSameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
