import type { ProjectionBatch } from '../store/projections.ts'
import { addChange, type LedgerEvent } from './projection-batch.ts'

/**
 * Every movement of money but the payments of a settlement run, which come from the settlement: what a member cannot
 * pay of them is made good here by whoever pays for it.
 */
export function projectAccounts(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  const memberId = Number(values.memberId)
  const area = Number(values.area)
  const amount = values.amount as bigint
  const { balanceChanges, debtChanges, fundChanges, bondChanges } = batch
  switch (name) {
    case 'Deposited':
      addChange(balanceChanges, memberId, amount)
      break
    case 'Withdrawn':
      addChange(balanceChanges, memberId, -amount)
      break
    case 'CreditLineSet':
      batch.creditLines.set(memberId, amount)
      break
    case 'FundContributed':
      addChange(fundChanges, area, amount)
      break
    case 'BondDeposited':
      addChange(bondChanges, area, amount)
      break
    case 'BondWithdrawn':
      addChange(bondChanges, area, -amount)
      break
    case 'Fined':
      addChange(bondChanges, area, -amount)
      addChange(fundChanges, area, amount)
      break
    case 'GuaranteeFundPaid':
      addChange(fundChanges, area, -amount)
      addChange(balanceChanges, memberId, amount)
      addChange(debtChanges, memberId, amount)
      break
    case 'DebtCarried':
      addChange(balanceChanges, Number(values.supplier), -amount)
      addChange(balanceChanges, memberId, amount)
      addChange(debtChanges, memberId, amount)
      break
    case 'DebtRepaid':
      repay(batch, values)
      break
    case 'Corrected':
      moveToBond(batch, area, memberId, values.moved as bigint)
      break
    case 'Rewarded':
      moveToBond(batch, area, memberId, -amount)
      break
    case 'Forfeited':
      moveToBond(batch, area, memberId, amount)
      break
  }
}

function repay(batch: ProjectionBatch, values: LedgerEvent['arguments']): void {
  const memberId = Number(values.memberId)
  const toFund = values.toFund as bigint
  const toSupplier = values.toSupplier as bigint
  addChange(batch.balanceChanges, memberId, -(toFund + toSupplier))
  addChange(batch.debtChanges, memberId, -(toFund + toSupplier))
  batch.repayments.push({ memberId, toFund, toSupplier })
}

/** A negative amount moves from the bond to the member. */
function moveToBond(batch: ProjectionBatch, area: number, memberId: number, amount: bigint): void {
  addChange(batch.balanceChanges, memberId, -amount)
  addChange(batch.bondChanges, area, amount)
}
