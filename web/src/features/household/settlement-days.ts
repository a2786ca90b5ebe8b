import type { HouseholdDay, SettlementState } from '../../lib/api-client.ts'

/** What one settlement run had a household pay of a day. */
export type DayRun = {
  readonly run: number
  /** Micro-euro, positive pays; null where the household has no statement in it. */
  readonly payment: bigint | null
  readonly committedTransaction: string
  /** Unix seconds, while it is not paid. */
  readonly challengeableUntil: number | null
  /** Micro-euro of corrections that the operator's bond lacks: until they are paid, the run is not. */
  readonly withheld: bigint
  /** Null until paid. */
  readonly paidAt: number | null
  readonly paidTransaction: string | null
}

/** A household's day and how far its settlement has come. */
export type SettlementDay = {
  readonly day: number
  readonly state: SettlementState
  readonly periodCount: number
  readonly estimatedCount: number
  /** Micro-euro. */
  readonly total: bigint
  /** What challenges moved between the household and the operator's bond; positive was paid by the household. */
  readonly corrections: bigint
  /** What has moved until now: the paid runs and the corrections. */
  readonly moved: bigint
  readonly runs: readonly DayRun[]
}

export function settlementDayOf(day: HouseholdDay): SettlementDay {
  const runs = day.runs.map((run): DayRun => {
    const isPaid = run.paidAt !== null
    return {
      run: run.run,
      payment: run.paymentMicroEuro === null ? null : BigInt(run.paymentMicroEuro),
      committedTransaction: run.committedTransaction,
      challengeableUntil: isPaid ? null : run.challengeableUntil,
      withheld: isPaid ? 0n : BigInt(run.withheldMicroEuro),
      paidAt: run.paidAt,
      paidTransaction: run.paidTransaction,
    }
  })
  const corrections = BigInt(day.correctionsMicroEuro)
  return {
    day: day.day,
    state: day.state,
    periodCount: day.periodCount,
    estimatedCount: day.estimatedCount,
    total: BigInt(day.totalMicroEuro),
    corrections,
    moved: runs.reduce(
      (moved, { payment, paidAt }) => (paidAt === null ? moved : moved + (payment ?? 0n)),
      corrections,
    ),
    runs,
  }
}
