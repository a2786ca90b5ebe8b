import { differ } from '../difference.ts'
import type { VerifiedBlock } from './verified-block.ts'

/**
 * Counts the transactions of every sender from the first block on: where a number is skipped, one was left out of what the
 * node shows.
 */
export function createNonces() {
  const next = new Map<string, number>()
  /** Accounts that lent themselves to a contract's code (EIP-7702) may have counted that as well. */
  const allowed = new Map<string, number>()

  return {
    /** How many transactions of each sender there were: at least, and at most. */
    counts: (): { readonly account: string; readonly least: number; readonly most: number }[] =>
      [...next].map(([account, least]) => ({ account, least, most: least + (allowed.get(account) ?? 0) })),
    see: ({ number, transactions }: VerifiedBlock): void => {
      for (const { from, nonce, hash, authorities } of transactions) {
        const expected = next.get(from) ?? 0
        const most = expected + (allowed.get(from) ?? 0)
        if (nonce < expected || nonce > most) {
          const message = `it is its sender's transaction number ${nonce}, and number ${expected} of ${from} is missing`
          differ('nonces', message, { block: number, transaction: hash })
        }
        allowed.set(from, most - nonce)
        next.set(from, nonce + 1)
        for (const authority of authorities) allowed.set(authority, (allowed.get(authority) ?? 0) + 1)
      }
    },
  }
}

export type Nonces = ReturnType<typeof createNonces>
