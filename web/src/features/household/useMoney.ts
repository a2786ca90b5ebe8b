import { api, type HouseholdSummary } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { settlementDayOf, type SettlementDay } from './settlement-days.ts'
import { statementLinesOf, type StatementLines } from './statement-lines.ts'

export type Money = StatementLines & {
  readonly periodCount: number
  readonly periodsWithoutReading: number
  readonly estimatedCount: number
  /** From this delivery period on the amounts are provisional; null where none are. */
  readonly provisionalFrom: number | null
  /** Newest first. */
  readonly days: readonly SettlementDay[]
  /** Micro-euro. */
  readonly tariffOnly: bigint
  /** Positive where the market cost less than the tariff alone. */
  readonly saving: bigint
  /** Wh. */
  readonly bought: bigint
  readonly sold: bigint
  readonly imported: bigint
  readonly exported: bigint
}

export type MoneyState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | { readonly status: 'ready'; readonly money: Money; readonly stale: Problem | null }

/** What a household's statements of so many days come to by line, against the tariff alone. */
export function useMoney(memberId: number, days: number): MoneyState {
  const fetched = useFetched({
    key: queryKeys.householdSummary(memberId, days),
    fetch: (signal) => api.householdSummary(memberId, days, signal),
    select: moneyOf,
    placeholder: 'former',
  })
  if (fetched.status !== 'ready') return fetched
  return fetched.data.periodCount === 0
    ? { status: 'empty' }
    : { status: 'ready', money: fetched.data, stale: fetched.stale }
}

export function moneyOf(summary: HouseholdSummary): Money {
  return {
    periodCount: summary.periodCount,
    periodsWithoutReading: summary.periodsWithoutReading,
    estimatedCount: summary.estimatedCount,
    provisionalFrom: summary.provisionalFrom,
    days: summary.settlementDays.map(settlementDayOf),
    ...statementLinesOf(summary),
    tariffOnly: BigInt(summary.tariffOnlyMicroEuro),
    saving: BigInt(summary.savingMicroEuro),
    bought: BigInt(summary.boughtWh),
    sold: BigInt(summary.soldWh),
    imported: BigInt(summary.importWh),
    exported: BigInt(summary.exportWh),
  }
}
