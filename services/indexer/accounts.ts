import type { ProjectionBatch } from '../store/projections.ts'
import { addChange, type LedgerEvent } from './projection-batch.ts'

/** Deposits, withdrawals, and the debts that suppliers carry; payments come from the settlement. */
export function projectAccounts(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  const memberId = Number(values.memberId)
  const amount = values.amount as bigint
  switch (name) {
    case 'Deposited':
      addChange(batch.balanceChanges, memberId, amount)
      break
    case 'Withdrawn':
      addChange(batch.balanceChanges, memberId, -amount)
      break
    case 'DebtCarried':
      addChange(batch.balanceChanges, memberId, amount)
      addChange(batch.balanceChanges, Number(values.supplier), -amount)
      addChange(batch.debtChanges, memberId, amount)
      break
    case 'DebtRepaid':
      addChange(batch.balanceChanges, memberId, -amount)
      addChange(batch.balanceChanges, Number(values.supplier), amount)
      addChange(batch.debtChanges, memberId, -amount)
      break
  }
}
