import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import type { ClearingClaim } from '../domain/market/clearing.ts'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'
import type { Call } from './transactions.ts'

/** What goes to the ledger in one call: a chunk of packed orders, and the terms of opened ones. */
export type ChunkCall = { readonly orders: Uint8Array; readonly forcedTerms: Uint8Array }

/** The claim as `CallAuction.clear` takes it. */
export function claimArgument(claim: ClearingClaim): readonly bigint[] {
  const { price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow } = claim
  return [price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow]
}

/** By which the ledger tells claims about a session apart, 0x-hex: keccak256 of its five words. */
export function claimHashOf(claim: ClearingClaim): string {
  const words = claimArgument(claim).map((value) => encodeInteger(BigInt.asUintN(256, value), 32))
  return `0x${bytesToHex(keccak_256(concatBytes(...words)))}`
}

/** The call that has the ledger verify a chunk of the session against the claim. */
export function clearCall(
  { area, period }: { readonly area: number; readonly period: number },
  claim: ClearingClaim,
  { orders, forcedTerms }: ChunkCall,
): Call {
  return {
    contract: 'callAuction',
    function: 'clear',
    arguments: [area, period, claimArgument(claim), `0x${bytesToHex(orders)}`, `0x${bytesToHex(forcedTerms)}`],
  }
}
