import { api, type SessionState, type Trace } from '../../lib/api-client.ts'
import { saysUnknown, type Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { placedOrderOf, type PlacedOrder } from './orders.ts'
import { proveReading, type ProofResult } from './reading-proof.ts'
import { statementLinesOf, type StatementLines } from './statement-lines.ts'

type Step = { readonly transactionHash: string; readonly blockNumber: number; readonly at: number }

/** One quarter-hour of one household from order to payment, with its amounts read and its proof recomputed. */
export type TracedPeriod = {
  readonly period: number
  readonly state: SessionState
  readonly isSealed: boolean
  readonly orders: readonly PlacedOrder[]
  readonly gateClosure: (Step & { readonly orderCount: number }) | null
  readonly clearing: (Step & { readonly price: bigint | null; readonly volume: bigint }) | null
  readonly commitment: (Step & { readonly root: string; readonly count: number }) | null
  readonly reading: {
    readonly importStart: bigint
    readonly importEnd: bigint
    readonly exportStart: bigint
    readonly exportEnd: bigint
    readonly imported: bigint
    readonly exported: bigint
    readonly place: number
    readonly siblingCount: number
  } | null
  readonly proof: ProofResult
  readonly settlement: Step | null
  readonly statement: StatementLines | null
  readonly payment: { readonly transactionHash: string; readonly amount: bigint } | null
}

export type TraceState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'unknown' }
  | { readonly status: 'ready'; readonly trace: TracedPeriod; readonly stale: Problem | null }

/** What became of one quarter-hour of one household, from its order to its payment. */
export function useTrace(memberId: number, period: number): TraceState {
  const fetched = useFetched({
    key: queryKeys.trace(period, memberId),
    fetch: (signal) => api.trace(period, memberId, signal),
    select: tracedPeriodOf,
  })
  if (fetched.status === 'failed' && saysUnknown(fetched.problem)) return { status: 'unknown' }
  return fetched.status === 'ready' ? { status: 'ready', trace: fetched.data, stale: fetched.stale } : fetched
}

export function tracedPeriodOf(trace: Trace): TracedPeriod {
  const { gateClosure, clearing, commitment, reading, settlement, statement, payment } = trace
  return {
    period: trace.period,
    state: trace.sessionState,
    isSealed: trace.isSealed,
    orders: trace.orders.map((order) => placedOrderOf(trace.period, order)),
    gateClosure: gateClosure && { ...stepOf(gateClosure), orderCount: gateClosure.orderCount },
    clearing: clearing && {
      ...stepOf(clearing),
      price: clearing.priceMicroEuroPerKwh === null ? null : BigInt(clearing.priceMicroEuroPerKwh),
      volume: BigInt(clearing.volumeWh),
    },
    commitment: commitment && { ...stepOf(commitment), root: commitment.root, count: commitment.count },
    reading: reading && {
      importStart: BigInt(reading.importStartWh),
      importEnd: BigInt(reading.importEndWh),
      exportStart: BigInt(reading.exportStartWh),
      exportEnd: BigInt(reading.exportEndWh),
      imported: BigInt(reading.importWh),
      exported: BigInt(reading.exportWh),
      place: reading.position + 1,
      siblingCount: reading.siblings.length,
    },
    proof: proveReading(trace),
    settlement: settlement && stepOf(settlement),
    statement: statement && statementLinesOf(statement),
    payment: payment && { transactionHash: payment.transactionHash, amount: BigInt(payment.amountMicroEuro) },
  }
}

function stepOf(step: { transactionHash: string; blockNumber: number; timestamp: number }): Step {
  return { transactionHash: step.transactionHash, blockNumber: step.blockNumber, at: step.timestamp }
}
