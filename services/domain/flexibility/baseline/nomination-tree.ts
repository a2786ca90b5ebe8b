import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { encodeInteger, merkleSumTreeOf, type MerkleSumTree, type SumLeaf } from '../../metering/merkle-sum-tree.ts'
import type { DeliveryPeriod, SignedWh } from '../../units.ts'

/** What a member is nominated to take from the grid in a period, with the salt (0x-hex, 32 bytes) of its leaf. */
export type NominatedBaseline = {
  readonly memberId: number
  readonly period: DeliveryPeriod
  /** Positive towards the member. */
  readonly baseline: SignedWh
  readonly salt: string
}

/** What the ledger's commitment says of one baseline. The tree adds up Wh that are positive, and amounts of those that are not. */
export function nominationLeafOf({ memberId, period, baseline, salt }: NominatedBaseline): SumLeaf {
  const bytes = concatBytes(
    encodeInteger(BigInt(memberId), 3),
    encodeInteger(BigInt(period), 4),
    encodeInteger(baseline, 8),
    hexToBytes(salt.slice(2)),
  )
  return { bytes, a: baseline > 0n ? baseline : 0n, b: baseline < 0n ? -baseline : 0n }
}

/** The commitment to a portfolio's baselines of a day, in the order given (ascending by member and period). */
export function nominationTreeOf(baselines: readonly NominatedBaseline[]): MerkleSumTree {
  return merkleSumTreeOf(baselines.map(nominationLeafOf))
}
