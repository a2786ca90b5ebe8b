import { api, type Session, type SessionState } from '../../lib/api-client.ts'
import { saysUnknown, type Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'

export type SessionFill = {
  readonly digest: string
  readonly memberId: number
  readonly name: string
  readonly side: 'bid' | 'offer'
  /** Wh, and micro-euro per kWh. */
  readonly quantity: bigint
  readonly limitPrice: bigint
  readonly filled: bigint
}

export type SessionPayment = {
  readonly memberId: number
  readonly name: string
  /** Micro-euro; positive pays, negative receives. */
  readonly amount: bigint
}

export type LedgerSession = {
  readonly period: number
  readonly state: SessionState
  readonly gateClosesAt: number
  readonly orderCount: number | null
  readonly price: bigint | null
  readonly volume: bigint | null
  readonly fills: readonly SessionFill[]
  readonly readings: {
    readonly root: string
    readonly count: number
    readonly imported: bigint
    readonly exported: bigint
  } | null
  readonly payments: readonly SessionPayment[] | null
  /** Micro-euro that changed hands. */
  readonly moved: bigint
  readonly transactions: {
    readonly gateClosed: string | null
    readonly cleared: string | null
    readonly readingsCommitted: string | null
    readonly settled: string | null
  }
}

export type SessionViewState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'unknown' }
  | { readonly status: 'ready'; readonly session: LedgerSession; readonly stale: Problem | null }

const COUNTERPARTIES: Readonly<Record<string, string>> = { supplier: 'the supplier', dso: 'the DSO' }

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
  const payments =
    session.settlement?.payments.map(({ memberId, name, amountMicroEuro }) => ({
      memberId,
      name: COUNTERPARTIES[name] ?? name,
      amount: BigInt(amountMicroEuro),
    })) ?? null
  return {
    period: session.period,
    state: session.state,
    gateClosesAt: session.gateClosesAt,
    orderCount: session.orderCount,
    price: session.priceMicroEuroPerKwh === null ? null : BigInt(session.priceMicroEuroPerKwh),
    volume: session.volumeWh === null ? null : BigInt(session.volumeWh),
    fills: session.fills.map((fill) => ({
      digest: fill.digest,
      memberId: fill.memberId,
      name: fill.name,
      side: fill.side,
      quantity: BigInt(fill.quantityWh),
      limitPrice: BigInt(fill.limitPriceMicroEuroPerKwh),
      filled: BigInt(fill.filledWh),
    })),
    readings: session.readings && {
      root: session.readings.root,
      count: session.readings.count,
      imported: BigInt(session.readings.importTotalWh),
      exported: BigInt(session.readings.exportTotalWh),
    },
    payments,
    moved: (payments ?? []).reduce((moved, { amount }) => (amount > 0n ? moved + amount : moved), 0n),
    transactions: session.transactions,
  }
}
