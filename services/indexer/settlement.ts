import type { ProjectionBatch } from '../store/projections.ts'
import { decodePayments } from './packed-payments.ts'
import { addChange, type LedgerEvent } from './projection-batch.ts'

/** Settlement runs of a day: statements that are committed with their payments, what holds these back, and their being made. */
export function projectSettlement(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block, transaction } = event
  const key = { area: Number(values.area), day: Number(values.day), run: Number(values.run) }
  switch (name) {
    case 'StatementsCommitted':
      batch.committedRuns.push({
        ...key,
        root: values.root as string,
        statementCount: Number(values.count),
        totalMicroEuro: values.total as bigint,
        committedAt: block.timestamp,
        committedTransaction: transaction.hash,
        readingsAt: Number(values.readingsAt),
      })
      for (const payment of decodePayments(values.payments as string)) batch.payments.push({ ...key, ...payment })
      break
    case 'RunWithheld':
      batch.withheldRuns.push({ ...key, withheldMicroEuro: values.amount as bigint })
      break
    case 'RunPaid':
      batch.paidRuns.push({ ...key, paidAt: block.timestamp, paidTransaction: transaction.hash })
      for (const { memberId, amountMicroEuro } of decodePayments(values.payments as string)) {
        addChange(batch.balanceChanges, memberId, -amountMicroEuro)
      }
      break
  }
}
