import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const OUTCOMES: Readonly<Record<string, 'upheld' | 'rejected'>> = {
  FlexChallengeUpheld: 'upheld',
  FlexChallengeRejected: 'rejected',
}

/** What became of challenges of a day's flexibility; what they moved is told by the accounts. */
export function projectFlexChallenges(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block, transaction, logIndex } = event
  const outcome = OUTCOMES[name]
  if (outcome === undefined) return
  const period = values.period as bigint
  batch.flexibility.push({
    kind: 'challenged',
    blockNumber: block.number,
    logIndex,
    transactionHash: transaction.hash,
    outcome,
    area: Number(values.area),
    day: Number(values.day),
    memberId: Number(values.memberId) || null,
    orderId: Number(values.orderId) || null,
    period: period === 0n ? null : period,
    challenger: Number(values.challenger),
  })
}
