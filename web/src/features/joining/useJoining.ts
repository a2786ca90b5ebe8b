import { joining, type Joining } from '../../lib/joining-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'

export type JoiningState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'none' }
  | { readonly status: 'ready'; readonly joining: Joining; readonly stale: Problem | null }

const EVERY_MS = 1_000
const same = (answer: Joining | null) => answer

/** How far whoever is signed in has come, asked again every second. */
export function useJoining(): JoiningState {
  const fetched = useFetched({ key: queryKeys.joining(), fetch: joining.read, select: same, everyMs: EVERY_MS })
  if (fetched.status !== 'ready') return fetched
  return fetched.data === null ? { status: 'none' } : { status: 'ready', joining: fetched.data, stale: fetched.stale }
}
