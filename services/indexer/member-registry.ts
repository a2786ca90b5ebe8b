import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const KINDS = ['household', 'supplier', 'dso'] as const

/** Members and their keys. */
export function projectMemberRegistry(batch: ProjectionBatch, { name, arguments: values, block }: LedgerEvent): void {
  switch (name) {
    case 'MemberRegistered':
      batch.members.push({
        id: Number(values.memberId),
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
      batch.deactivations.set(Number(values.memberId), block.timestamp)
      break
  }
}
