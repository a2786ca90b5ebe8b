import { SPLITS } from '../chain/flex-states.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Portfolios, who is in them, and what they are prequalified for. */
export function projectFlexPortfolios(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block } = event
  const portfolioId = Number(values.portfolioId)
  const productId = Number(values.productId)
  const queued = { portfolioId, productId, pointId: Number(values.pointId) }
  switch (name) {
    case 'PortfolioOpened':
      batch.flexibility.push({
        kind: 'portfolioOpened',
        id: portfolioId,
        area: Number(values.area),
        aggregator: Number(values.aggregator),
        name: values.name as string,
        feePermille: Number(values.feePermille),
        split: SPLITS[Number(values.split)] ?? SPLITS[0],
      })
      break
    case 'MemberJoined':
    case 'MemberLeft':
      projectMembership(batch, event, { portfolioId, productId, memberId: Number(values.memberId) })
      break
    case 'PrequalificationRequested':
      batch.flexibility.push({
        kind: 'prequalificationRequested',
        ...queued,
        state: 'waiting',
        askedW: values.power as bigint,
        evidence: values.evidence as string,
        askedAt: block.timestamp,
      })
      break
    case 'Prequalified':
      batch.flexibility.push({
        kind: 'prequalified',
        ...queued,
        powerW: values.power as bigint,
        effectPpm: values.effect as bigint,
        from: BigInt(block.timestamp),
        until: values.until as bigint,
      })
      break
    case 'PrequalificationRejected':
      batch.flexibility.push({ kind: 'prequalificationRejected', ...queued, reason: values.reason as string })
      break
  }
}

function projectMembership(
  batch: ProjectionBatch,
  { name, arguments: values, block, logIndex }: LedgerEvent,
  key: { readonly portfolioId: number; readonly productId: number; readonly memberId: number },
): void {
  if (name === 'MemberLeft') {
    batch.flexibility.push({ kind: 'memberLeft', ...key, at: BigInt(block.timestamp) })
    return
  }
  batch.flexibility.push({
    kind: 'memberJoined',
    blockNumber: block.number,
    logIndex,
    ...key,
    from: values.from as bigint,
    until: values.until as bigint,
    consent: values.consent as string,
  })
}
