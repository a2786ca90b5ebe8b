import { api, type Challenge, type SessionState, type Trace } from '../../lib/api-client.ts'
import { memberNameOf } from '../../lib/member-names.ts'
import { saysUnknown, type Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { tracedOrdersOf, type TracedOrder } from './orders.ts'
import { proveReading, type ProofResult } from './reading-proof.ts'
import { settlementDayOf, type SettlementDay } from './settlement-days.ts'
import { quarterHourStatementOf, type QuarterHourStatement } from './statement-lines.ts'

type Step = { readonly transactionHash: string; readonly blockNumber: number; readonly at: number }

/** One quarter-hour of one household from order to payment, with its amounts read and its proof recomputed. */
export type TracedPeriod = {
  readonly period: number
  readonly state: SessionState
  readonly isSealed: boolean
  /** Where the household's trading key was published for the day; null where it was not yet. */
  readonly keys: (Step & { readonly page: number; readonly entryCount: number }) | null
  readonly orders: readonly TracedOrder[]
  readonly gateClosure: (Step & { readonly orderCount: number; readonly closedInPlaceBy: string | null }) | null
  readonly clearing: (Step & TracedClearing) | null
  readonly commitment: (Step & { readonly root: string; readonly count: number; readonly version: number }) | null
  readonly reading: TracedReading | null
  readonly proof: ProofResult
  readonly statement: QuarterHourStatement | null
  readonly day: SettlementDay | null
  readonly challenges: readonly TracedChallenge[]
}

type TracedClearing = {
  readonly price: bigint | null
  readonly volume: bigint
  /** Orders opened on the ledger, and orders of the batch that were void; null where not known. */
  readonly ledgerOrderCount: number | null
  readonly voidOrderCount: number | null
}

type TracedReading = {
  readonly importStart: bigint
  readonly importEnd: bigint
  readonly exportStart: bigint
  readonly exportEnd: bigint
  readonly imported: bigint
  readonly exported: bigint
  readonly isEstimated: boolean
  readonly version: number
  readonly place: number
  readonly siblingCount: number
}

export type TracedChallenge = {
  readonly outcome: Challenge['outcome']
  readonly at: number
  readonly transactionHash: string
  readonly challenger: string
  /** Micro-euro. */
  readonly amount: bigint
  /** Micro-euro that the operator's bond owed the member from then on. */
  readonly owed: bigint
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
  const { keys, gateClosure, clearing, commitment, statement } = trace
  return {
    period: trace.period,
    state: trace.sessionState,
    isSealed: trace.isSealed,
    keys: keys && { ...stepOf(keys), page: keys.page, entryCount: keys.entryCount },
    orders: tracedOrdersOf(trace),
    gateClosure: gateClosure && {
      ...stepOf(gateClosure),
      orderCount: gateClosure.orderCount,
      closedInPlaceBy: gateClosure.closedBy.name === null ? null : memberNameOf(gateClosure.closedBy.name),
    },
    clearing: clearing && {
      ...stepOf(clearing),
      price: clearing.priceMicroEuroPerKwh === null ? null : BigInt(clearing.priceMicroEuroPerKwh),
      volume: BigInt(clearing.volumeWh),
      ledgerOrderCount: clearing.ledgerOrderCount,
      voidOrderCount: clearing.voidOrderCount,
    },
    commitment: commitment && {
      ...stepOf(commitment),
      root: commitment.root,
      count: commitment.count,
      version: commitment.version,
    },
    reading: tracedReadingOf(trace.reading),
    proof: proveReading(trace),
    statement: statement && quarterHourStatementOf(statement),
    day: trace.day && settlementDayOf(trace.day),
    challenges: trace.challenges.map(tracedChallengeOf),
  }
}

function tracedReadingOf(reading: Trace['reading']): TracedReading | null {
  return (
    reading && {
      importStart: BigInt(reading.importStartWh),
      importEnd: BigInt(reading.importEndWh),
      exportStart: BigInt(reading.exportStartWh),
      exportEnd: BigInt(reading.exportEndWh),
      imported: BigInt(reading.importWh),
      exported: BigInt(reading.exportWh),
      isEstimated: reading.quality === 'estimated',
      version: reading.version,
      place: reading.position + 1,
      siblingCount: reading.siblings.length,
    }
  )
}

function tracedChallengeOf(challenge: Challenge): TracedChallenge {
  return {
    outcome: challenge.outcome,
    at: challenge.timestamp,
    transactionHash: challenge.transactionHash,
    challenger: memberNameOf(challenge.challengerName),
    amount: BigInt(challenge.amountMicroEuro),
    owed: BigInt(challenge.owedMicroEuro),
  }
}

function stepOf(step: { transactionHash: string; blockNumber: number; timestamp: number }): Step {
  return { transactionHash: step.transactionHash, blockNumber: step.blockNumber, at: step.timestamp }
}
