import type { ProjectionBatch } from '../store/projections.ts'
import { addChange, type LedgerEvent } from './projection-batch.ts'

const PAYMENT_BYTES = 11

/** Settled sessions and their payments. */
export function projectSettlement(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, transaction } = event
  if (name !== 'PeriodSettled') return
  const session = { area: Number(values.area), period: Number(values.period) }
  batch.settlements.push({
    ...session,
    statementsRoot: values.statementsRoot as string,
    settledTransaction: transaction.hash,
  })
  const payments = Buffer.from((values.payments as string).slice(2), 'hex')
  for (let start = 0; start < payments.length; start += PAYMENT_BYTES) {
    const memberId = payments.readUIntBE(start, 3)
    const amountMicroEuro = payments.readBigInt64BE(start + 3)
    batch.payments.push({ ...session, memberId, amountMicroEuro })
    addChange(batch.balanceChanges, memberId, -amountMicroEuro)
  }
}
