import { useState } from 'react'
import { api, type LedgerEvent, type LedgerEventPage } from '../../lib/api-client.ts'
import { dayKeyOf } from '../../lib/formats.ts'
import type { Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { eventWordsOf } from './event-words.ts'
import { contractOf, type EventKind } from './kinds.ts'
import type { Phrase } from './phrases.ts'

export type EventRow = {
  readonly key: string
  readonly blockNumber: number
  readonly transactionHash: string
  readonly at: number
  readonly phrases: readonly Phrase[]
}

export type EventsState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | {
      readonly status: 'ready'
      readonly events: readonly EventRow[]
      readonly stale: Problem | null
      readonly showEarlier: (() => void) | null
      readonly showLater: (() => void) | null
    }

type Wanted = { readonly kind: EventKind; readonly memberId: number | null }
const PAGE = 40

const select = (page: LedgerEventPage) => ({ events: page.items.map(eventRowOf), next: page.nextBefore })

/** Events of the ledger in words, newest first, page by page. */
export function useEvents({ kind, memberId }: Wanted): EventsState {
  const wanted = `${kind} ${memberId}`
  const [path, setPath] = useState<{ of: string; cursors: readonly string[] }>({ of: wanted, cursors: [] })
  const cursors = path.of === wanted ? path.cursors : []
  const before = cursors.at(-1)
  const contract = contractOf(kind)
  const filter = {
    ...(contract === null ? {} : { contract }),
    ...(memberId === null ? {} : { memberId }),
    ...(before === undefined ? {} : { before }),
  }
  const fetched = useFetched({
    key: queryKeys.events(filter),
    fetch: (signal) => api.events({ ...filter, limit: PAGE }, signal),
    select,
    placeholder: 'former',
  })
  if (fetched.status !== 'ready') return fetched
  const { events, next } = fetched.data
  if (events.length === 0) return { status: 'empty' }
  return {
    status: 'ready',
    events,
    stale: fetched.stale,
    showEarlier: next === null ? null : () => setPath({ of: wanted, cursors: [...cursors, next] }),
    showLater: cursors.length === 0 ? null : () => setPath({ of: wanted, cursors: cursors.slice(0, -1) }),
  }
}

export type EventDay = { readonly key: string; readonly at: number; readonly events: readonly EventRow[] }

/** Events under the reader's calendar days, in the order given. */
export function daysOf(events: readonly EventRow[]): EventDay[] {
  const days = Map.groupBy(events, ({ at }) => dayKeyOf(at))
  return [...days].map(([key, ofDay]) => ({ key, at: ofDay[0]?.at ?? 0, events: ofDay }))
}

export function eventRowOf(event: LedgerEvent): EventRow {
  return {
    key: `${event.blockNumber}-${event.logIndex}`,
    blockNumber: event.blockNumber,
    transactionHash: event.transactionHash,
    at: event.timestamp,
    phrases: eventWordsOf(event),
  }
}
