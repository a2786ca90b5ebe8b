import { api } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { orderRowsOf, type OrderRow } from './orders.ts'

export type OrdersState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | { readonly status: 'ready'; readonly rows: readonly OrderRow[]; readonly stale: Problem | null }

const MOST = 24

/** A household's latest orders, newest first. */
export function useOrders(memberId: number): OrdersState {
  const fetched = useFetched({
    key: queryKeys.householdOrders(memberId),
    fetch: (signal) => api.householdOrders(memberId, { limit: MOST }, signal),
    select: orderRowsOf,
  })
  if (fetched.status !== 'ready') return fetched
  return fetched.data.length === 0 ? { status: 'empty' } : { status: 'ready', rows: fetched.data, stale: fetched.stale }
}
