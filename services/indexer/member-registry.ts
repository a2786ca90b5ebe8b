import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const KINDS = ['household', 'supplier', 'dso', 'tax-authority', 'platform-operator'] as const
const BIDS = 1n
const OFFERS = 2n

/** Members with their keys, and the keys to which they delegate their trading. */
export function projectMemberRegistry(batch: ProjectionBatch, { name, arguments: values, block }: LedgerEvent): void {
  const memberId = Number(values.memberId)
  switch (name) {
    case 'MemberRegistered':
      batch.members.push({
        id: memberId,
        area: Number(values.area),
        kind: KINDS[Number(values.kind)] ?? 'household',
        account: values.account as string,
        tradingKey: values.tradingKey as string,
        meterKey: values.meterKey as string,
        quantityLimitWh: Number(values.quantityLimit),
        connectionPoint: values.connectionPoint as string,
      })
      break
    case 'MemberDeactivated':
      batch.deactivations.set(memberId, block.timestamp)
      // A member that trades no more has nobody trade for it either.
      batch.delegations.set(memberId, null)
      break
    case 'TradingDelegated': {
      const sides = values.sides as bigint
      batch.delegations.set(memberId, {
        memberId,
        key: values.key as string,
        mayBid: (sides & BIDS) !== 0n,
        mayOffer: (sides & OFFERS) !== 0n,
        quantityLimitWh: Number(values.quantityLimit),
        lowestPriceMicroEuroPerKwh: Number(values.lowestPrice),
        highestPriceMicroEuroPerKwh: Number(values.highestPrice),
        expiry: values.expiry as bigint,
      })
      break
    }
    case 'DelegationRevoked':
      batch.delegations.set(memberId, null)
      break
  }
}
