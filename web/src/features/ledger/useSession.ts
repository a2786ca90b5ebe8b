import { api, type Session, type SessionState, type SettlementState } from '../../lib/api-client.ts'
import { memberNameOf } from '../../lib/member-names.ts'
import { saysUnknown, type Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'

export type SessionFill = {
  readonly digest: string
  /** Null where nobody may know whose number the trader’s is. */
  readonly memberId: number | null
  readonly name: string
  readonly side: 'bid' | 'offer'
  /** Wh, and micro-euro per kWh. */
  readonly quantity: bigint
  readonly limitPrice: bigint
  readonly filled: bigint
  /** Opened on the ledger, not out of the operator's batch. */
  readonly isFromLedger: boolean
}

/** What a member pays for the delivery period. */
export type SessionStatement = {
  readonly memberId: number
  readonly name: string
  readonly isEstimated: boolean
  /** Micro-euro; positive pays, negative receives. */
  readonly amount: bigint
}

export type SessionRun = {
  readonly run: number
  readonly statementCount: number
  /** Micro-euro that changes hands. */
  readonly total: bigint
  readonly committedAt: number
  readonly committedTransaction: string
  readonly challengeableUntil: number
  /** Micro-euro of corrections that the operator's bond lacks: until they are paid, the run is not. */
  readonly withheld: bigint
  /** Null until paid. */
  readonly paidAt: number | null
  readonly paidTransaction: string | null
}

export type LedgerSession = {
  readonly period: number
  readonly state: SessionState
  readonly gateClosesAt: number
  readonly orderCount: number | null
  readonly price: bigint | null
  readonly volume: bigint | null
  /** Who closed the gate in the operator's place; null where the operator did, or nobody has. */
  readonly closedInPlaceBy: { readonly memberId: number; readonly name: string } | null
  readonly ledgerOrderCount: number | null
  readonly voidOrderCount: number | null
  readonly fills: readonly SessionFill[]
  readonly readings: {
    readonly root: string
    readonly count: number
    readonly version: number
    readonly imported: bigint
    readonly exported: bigint
  } | null
  /** Of the session's day; null until statements are drawn up. */
  readonly settlement: {
    readonly day: number
    readonly state: SettlementState
    readonly runs: readonly SessionRun[]
    readonly statements: readonly SessionStatement[]
    /** Micro-euro that changes hands for this delivery period. */
    readonly moved: bigint
  } | null
  readonly transactions: {
    readonly gateClosed: string | null
    readonly cleared: string | null
    readonly readingsCommitted: string | null
  }
}

export type SessionViewState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'unknown' }
  | { readonly status: 'ready'; readonly session: LedgerSession; readonly stale: Problem | null }

/** All that the ledger says about one delivery period. */
export function useSession(period: number): SessionViewState {
  const fetched = useFetched({
    key: queryKeys.session(period),
    fetch: (signal) => api.session(period, signal),
    select: ledgerSessionOf,
  })
  if (fetched.status === 'failed' && saysUnknown(fetched.problem)) return { status: 'unknown' }
  return fetched.status === 'ready' ? { status: 'ready', session: fetched.data, stale: fetched.stale } : fetched
}

export function ledgerSessionOf(session: Session): LedgerSession {
  return {
    period: session.period,
    state: session.state,
    gateClosesAt: session.gateClosesAt,
    orderCount: session.orderCount,
    price: session.priceMicroEuroPerKwh === null ? null : BigInt(session.priceMicroEuroPerKwh),
    volume: session.volumeWh === null ? null : BigInt(session.volumeWh),
    closedInPlaceBy: closerOf(session.closedBy),
    ledgerOrderCount: session.ledgerOrderCount,
    voidOrderCount: session.voidOrderCount,
    fills: session.fills.map((fill) => ({
      digest: fill.digest,
      memberId: fill.memberId,
      name: memberNameOf(fill.name),
      side: fill.side,
      quantity: BigInt(fill.quantityWh),
      limitPrice: BigInt(fill.limitPriceMicroEuroPerKwh),
      filled: BigInt(fill.filledWh),
      isFromLedger: fill.isFromLedger,
    })),
    readings: session.readings && {
      root: session.readings.root,
      count: session.readings.count,
      version: session.readings.version,
      imported: BigInt(session.readings.importTotalWh),
      exported: BigInt(session.readings.exportTotalWh),
    },
    settlement: settlementOf(session.settlement),
    transactions: session.transactions,
  }
}

function closerOf(closedBy: Session['closedBy']): LedgerSession['closedInPlaceBy'] {
  if (closedBy === null || closedBy.memberId === null) return null
  return { memberId: closedBy.memberId, name: memberNameOf(closedBy.name ?? `member ${closedBy.memberId}`) }
}

function settlementOf(settlement: Session['settlement']): LedgerSession['settlement'] {
  if (settlement === null) return null
  const statements = settlement.statements.map(({ memberId, name, quality, totalMicroEuro }) => ({
    memberId,
    name: memberNameOf(name),
    isEstimated: quality === 'estimated',
    amount: BigInt(totalMicroEuro),
  }))
  return {
    day: settlement.day,
    state: settlement.state,
    runs: settlement.runs.map(({ totalMicroEuro, withheldMicroEuro, ...run }) => ({
      ...run,
      total: BigInt(totalMicroEuro),
      withheld: BigInt(withheldMicroEuro),
    })),
    statements,
    moved: statements.reduce((moved, { amount }) => (amount > 0n ? moved + amount : moved), 0n),
  }
}
