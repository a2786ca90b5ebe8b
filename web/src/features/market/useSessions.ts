import { api, type SessionPage } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { sessionPointsOf, type SessionPoint } from './session-points.ts'

export type SessionsState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | { readonly status: 'ready'; readonly sessions: readonly SessionPoint[]; readonly stale: Problem | null }

const MOST = 96

const select = (page: SessionPage) => sessionPointsOf(page)

/** The last day of sessions, newest first. */
export function useSessions(): SessionsState {
  const fetched = useFetched({
    key: queryKeys.sessions(MOST),
    fetch: (signal) => api.sessions({ limit: MOST }, signal),
    select,
  })
  if (fetched.status !== 'ready') return fetched
  if (fetched.data.length === 0) return { status: 'empty' }
  return { status: 'ready', sessions: fetched.data, stale: fetched.stale }
}
