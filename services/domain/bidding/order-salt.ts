const REVISION_BITS = 16n
const SECRET_BITS = 64n - REVISION_BITS

/**
 * The salt of a household's order: a later revision has a greater one, and so replaces the earlier, and nobody can guess
 * it. The revision counts from 0, below 2^16; the secret (0x-hex, at least six bytes) belongs to session and revision.
 */
export function orderSaltOf(revision: number, secret: string): bigint {
  return (BigInt(revision) << SECRET_BITS) | BigInt.asUintN(Number(SECRET_BITS), BigInt(secret))
}
