import { api, type RefusalPage } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'

export type Refusals = {
  /** As many as were asked for; `hasMore` says that there are others. */
  readonly count: number
  readonly hasMore: boolean
  readonly latest: readonly { readonly id: string; readonly reason: string; readonly receivedAt: number }[]
}

export type RefusalsState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | { readonly status: 'ready'; readonly refusals: Refusals; readonly stale: Problem | null }

const SHOWN = 4

/** Meters' messages that the gateway refused, newest first. */
export function useRefusals(): RefusalsState {
  const fetched = useFetched({ key: queryKeys.refusals(), fetch: api.refusals, select: refusalsOf, everyMs: 10_000 })
  if (fetched.status !== 'ready') return fetched
  if (fetched.data.count === 0) return { status: 'empty' }
  return { status: 'ready', refusals: fetched.data, stale: fetched.stale }
}

export function refusalsOf(page: RefusalPage): Refusals {
  return { count: page.items.length, hasMore: page.nextBefore !== null, latest: page.items.slice(0, SHOWN) }
}
