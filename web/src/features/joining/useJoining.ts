import { joining, type Joining } from '../../lib/joining-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'

export type JoiningState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'none' }
  | { readonly status: 'ready'; readonly joining: Joining; readonly stale: Problem | null }

const PACES = { once: {}, 'each second': { everyMs: 1_000 } } as const
const same = (answer: Joining | null) => answer

/** How far whoever is signed in has come. It is asked again where somebody waits for others. */
export function useJoining(asked: 'once' | 'each second'): JoiningState {
  const fetched = useFetched({ key: queryKeys.joining(), fetch: joining.read, select: same, ...PACES[asked] })
  if (fetched.status !== 'ready') return fetched
  return fetched.data === null ? { status: 'none' } : { status: 'ready', joining: fetched.data, stale: fetched.stale }
}
