import { api, type Order, type Transaction } from '../../lib/api-client.ts'
import { ApiError, saysUnknown, type Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { transactionRowOf, type TransactionRow } from './useBlocks.ts'
import { eventRowOf, type EventRow } from './useEvents.ts'

export type TransactionState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'unknown' }
  /** The hash is not a transaction's but an order's digest. */
  | {
      readonly status: 'order'
      readonly memberId: number | null
      readonly period: number
      readonly side: 'bid' | 'offer'
    }
  /** The same, of an order that nobody is shown yet. */
  | { readonly status: 'sealed order'; readonly period: number }
  | {
      readonly status: 'ready'
      readonly transaction: TransactionRow & { readonly blockNumber: number; readonly at: number }
      readonly events: readonly EventRow[]
    }

type Found = { readonly transaction: Transaction } | { readonly order: Order }

/** A transaction with its events; or, where the hash names an order, which order. */
export function useTransaction(hash: string): TransactionState {
  const fetched = useFetched({
    key: queryKeys.transaction(hash),
    fetch: (signal) => findByHash(hash, signal),
    select,
  })
  if (fetched.status === 'failed' && (saysUnknown(fetched.problem) || fetched.problem.code === 'request-malformed')) {
    return { status: 'unknown' }
  }
  return fetched.status === 'ready' ? fetched.data : fetched
}

async function findByHash(hash: string, signal: AbortSignal): Promise<Found> {
  try {
    return { transaction: await api.transaction(hash, signal) }
  } catch (error) {
    if (!(error instanceof ApiError) || !saysUnknown(error.problem)) throw error
    return { order: await api.order(hash, signal) }
  }
}

function select(found: Found): TransactionState {
  if ('order' in found) {
    const { terms, deliveryPeriod: period } = found.order
    return terms === null
      ? { status: 'sealed order', period }
      : { status: 'order', memberId: terms.memberId, period, side: terms.side }
  }
  const { transaction } = found
  return {
    status: 'ready',
    transaction: {
      ...transactionRowOf(transaction),
      blockNumber: transaction.blockNumber,
      at: transaction.timestamp,
    },
    events: transaction.events.map(eventRowOf),
  }
}
