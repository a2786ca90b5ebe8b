import type { Block, BlockTransaction } from '../chain/blocks.ts'
import type { DecodedEvent } from '../chain/events.ts'
import type { ProjectionBatch } from '../store/projections.ts'

/** An event of one of our contracts, and where it happened. */
export type LedgerEvent = DecodedEvent & { readonly block: Block; readonly transaction: BlockTransaction }

export function emptyBatch(): ProjectionBatch {
  return {
    blocks: [],
    transactions: [],
    events: [],
    areas: [],
    defaultRates: new Map(),
    gridTariffs: new Map(),
    energyRates: [],
    members: [],
    deactivations: new Map(),
    balanceChanges: new Map(),
    debtChanges: new Map(),
    gateClosures: [],
    clearings: [],
    fills: [],
    commitments: [],
    settlements: [],
    payments: [],
  }
}

/** Adds micro-euro to what a member's balance or debt changes by. */
export function addChange(changes: Map<number, bigint>, memberId: number, amount: bigint): void {
  changes.set(memberId, (changes.get(memberId) ?? 0n) + amount)
}
