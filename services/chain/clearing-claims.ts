import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import type { ClearingClaim } from '../domain/market/clearing.ts'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'

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
