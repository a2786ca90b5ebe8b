import { useState } from 'react'
import { api } from '../../lib/api-client.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { quarterHoursOf, type QuarterHour } from './quarter-hours.ts'

type Pages = {
  /** Null where there is no such page. */
  readonly showEarlier: (() => void) | null
  readonly showLater: (() => void) | null
}

export type QuarterHoursState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | ({ readonly status: 'ready'; readonly items: readonly QuarterHour[]; readonly stale: Problem | null } & Pages)

const DAY = 96

/** A day of a household's quarter-hours, newest first, and the way to the days before and after. */
export function useQuarterHours(memberId: number): QuarterHoursState {
  const [path, setPath] = useState<readonly number[]>([])
  const before = path.at(-1) ?? null
  const fetched = useFetched({
    key: queryKeys.householdPeriods(memberId, before),
    fetch: (signal) => api.householdPeriods(memberId, { limit: DAY, ...(before === null ? {} : { before }) }, signal),
    select: quarterHoursOf,
    placeholder: 'former',
  })
  if (fetched.status !== 'ready') return fetched
  const { items, earlier } = fetched.data
  if (items.length === 0) return { status: 'empty' }
  return {
    status: 'ready',
    items,
    stale: fetched.stale,
    showEarlier: earlier === null ? null : () => setPath([...path, earlier]),
    showLater: path.length === 0 ? null : () => setPath(path.slice(0, -1)),
  }
}
