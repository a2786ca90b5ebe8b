import { MEMBER_KINDS } from '../chain/members.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const HOUSEHOLD = 0n
const BIDS = 1n
const OFFERS = 2n

/** Members with their standing and their keys, and the keys to which they delegate their trading. */
export function projectMemberRegistry(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block } = event
  const memberId = Number(values.memberId)
  switch (name) {
    case 'MemberRegistered':
      batch.members.push({
        id: memberId,
        area: Number(values.area),
        kind: MEMBER_KINDS[Number(values.kind)] ?? 'household',
        account: values.account as string,
        tradingKey: values.tradingKey as string,
        meterKey: values.meterKey as string,
        quantityLimitWh: Number(values.quantityLimit),
        connectionPoint: values.connectionPoint as string,
      })
      if (values.kind === HOUSEHOLD) batch.registrations.set(memberId, block.timestamp)
      break
    case 'MemberDeactivated':
      batch.deactivations.set(memberId, block.timestamp)
      // A member that trades no more has nobody trade for it either.
      batch.delegations.set(memberId, null)
      break
    case 'MemberStandingChanged': {
      const sides = values.sides as bigint
      const tradesUntil = values.tradesUntil as bigint
      batch.standings.set(memberId, { mayBid: (sides & BIDS) !== 0n, mayOffer: (sides & OFFERS) !== 0n, tradesUntil })
      break
    }
    case 'TradingKeyReplaced':
      batch.tradingKeys.set(memberId, values.key as string)
      revokeKey(batch, event, values.former as string)
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
      revokeKey(batch, event, values.key as string)
      break
  }
}

function revokeKey(batch: ProjectionBatch, { arguments: values, block, transaction }: LedgerEvent, key: string): void {
  const memberId = Number(values.memberId)
  const row = { memberId, key, revokedAt: block.timestamp, revokedTransaction: transaction.hash }
  batch.revokedKeys.set(`${memberId}:${key}`, row)
}
