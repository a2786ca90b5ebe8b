import type { Problem } from '../../lib/problem.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'
import { areaOf, type Area } from './area.ts'

export type AreaState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'ready'; readonly area: Area; readonly stale: Problem | null }

/** The area's fund, bond, tariff and rules, and its latest challenges. */
export function useArea(): AreaState {
  const fetched = useNeighbourhood(areaOf)
  return fetched.status === 'ready' ? { status: 'ready', area: fetched.data, stale: fetched.stale } : fetched
}
