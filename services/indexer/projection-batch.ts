import type { Block, BlockTransaction } from '../chain/blocks.ts'
import type { DecodedCall, DecodedEvent } from '../chain/events.ts'
import type { ProjectionBatch } from '../store/projections.ts'

/** An event of one of our contracts, and where it happened. */
export type LedgerEvent = DecodedEvent & {
  readonly block: Block
  readonly transaction: BlockTransaction
  readonly logIndex: number
  /** Every event of our contracts in the same transaction, this one too, in their sequence. */
  readonly together: readonly PlacedEvent[]
  /** The call of the transaction; null where it is none of our contracts. */
  readonly callOf: () => DecodedCall | null
}

export type PlacedEvent = DecodedEvent & { readonly logIndex: number }

export function emptyBatch(): ProjectionBatch {
  return {
    blocks: [],
    transactions: [],
    events: [],
    areas: [],
    tariffs: new Map(),
    energyRates: [],
    gridRates: [],
    members: [],
    deactivations: new Map(),
    delegations: new Map(),
    registrations: new Map(),
    standings: new Map(),
    tradingKeys: new Map(),
    revokedKeys: new Map(),
    credentials: [],
    credentialChanges: new Map(),
    accreditations: new Map(),
    didOwners: new Map(),
    balanceChanges: new Map(),
    debtChanges: new Map(),
    creditLines: new Map(),
    fundChanges: new Map(),
    bondChanges: new Map(),
    repayments: [],
    tradingDays: new Map(),
    tradingPauses: [],
    gateClosures: new Map(),
    clearings: [],
    fills: [],
    commitments: [],
    committedRuns: [],
    withheldRuns: [],
    paidRuns: [],
    payments: [],
    challenges: [],
    flexibility: [],
  }
}

/** Adds micro-euro to what a member's balance or debt, or an area's fund or bond, changes by. */
export function addChange(changes: Map<number, bigint>, id: number, amount: bigint): void {
  changes.set(id, (changes.get(id) ?? 0n) + amount)
}
