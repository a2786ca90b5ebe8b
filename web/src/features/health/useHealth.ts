import { api, type Health } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { partsOf, type Part } from './parts.ts'

export type HealthState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'well'; readonly parts: readonly Part[]; readonly stale: Problem | null }
  | {
      readonly status: 'unwell'
      readonly parts: readonly Part[]
      readonly problems: readonly string[]
      readonly stale: Problem | null
    }

const select = (health: Health) => ({ overall: health.status, problems: health.problems, parts: partsOf(health) })

/** How every part of the system is. */
export function useHealth(): HealthState {
  const fetched = useFetched({ key: queryKeys.health(), fetch: api.health, select, everyMs: 5_000 })
  if (fetched.status !== 'ready') return fetched
  const { overall, parts, problems } = fetched.data
  return overall === 'ok'
    ? { status: 'well', parts, stale: fetched.stale }
    : { status: 'unwell', parts, problems, stale: fetched.stale }
}
