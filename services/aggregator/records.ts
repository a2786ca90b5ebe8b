import type { NominatedBaseline } from '../domain/flexibility/baseline/nomination-tree.ts'
import type { FlexDispatch } from '../store/flexibility/dispatches.ts'
import type { NominationKey } from '../store/flexibility/nominated-baselines.ts'
import type { SealedOffer } from '../store/flexibility/sealed-offers.ts'

/** What the aggregator keeps, and alone writes. */
export type AggregatorRecords = {
  /** All or none, durable once it resolves. */
  readonly keepSealed: (offers: readonly SealedOffer[]) => Promise<void>
  readonly listSealed: (portfolioId: number, requestIds: readonly number[]) => Promise<readonly SealedOffer[]>
  readonly noteOfferId: (commitment: string, offerId: number) => Promise<void>
  /** All or none, durable once it resolves. */
  readonly keepDispatches: (dispatches: readonly FlexDispatch[]) => Promise<void>
  /** In the sequence in which they were made. */
  readonly listDispatches: (orderIds: readonly number[]) => Promise<readonly FlexDispatch[]>
  readonly changeDispatch: (
    id: string,
    change: Pick<FlexDispatch, 'state' | 'detail' | 'commandId' | 'changedAt'>,
  ) => Promise<void>
  /** How often each device was called for orders before, by its address. */
  readonly countCalls: (devices: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** All or none, durable once it resolves; ascending by member and period. */
  readonly keepNominated: (key: NominationKey, baselines: readonly NominatedBaseline[]) => Promise<void>
  /** Ascending by member and period; none where nothing was kept. */
  readonly listNominated: (key: NominationKey) => Promise<readonly NominatedBaseline[]>
}
