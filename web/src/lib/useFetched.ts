import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { problemBehind, type Problem } from './problem.ts'

/** What was asked for: still loading, failed, or here. `stale` says why what is here may be out of date. */
export type Fetched<Data> =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'ready'; readonly data: Data; readonly stale: Problem | null; readonly fetchedAt: number }

type Options<Answer, Data> = {
  readonly key: readonly unknown[]
  readonly fetch: (signal: AbortSignal) => Promise<Answer>
  readonly select: (answer: Answer) => Data
  /** Ask again by itself after this long, for what no live event announces. */
  readonly everyMs?: number
  /** Show the former answer until the next one is here. */
  readonly placeholder?: 'former' | 'none'
}

/** Fetches, and names each state that the answer can be in. `select` must not change between renders. */
export function useFetched<Answer, Data>(options: Options<Answer, Data>): Fetched<Data> {
  const query = useQuery({
    queryKey: options.key,
    queryFn: ({ signal }) => options.fetch(signal),
    select: options.select,
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
    ...(options.placeholder === 'former' ? { placeholderData: keepPreviousData } : {}),
  })
  if (query.data !== undefined) {
    return {
      status: 'ready',
      data: query.data,
      stale: query.error ? problemBehind(query.error) : null,
      fetchedAt: query.dataUpdatedAt,
    }
  }
  if (query.error) return { status: 'failed', problem: problemBehind(query.error), retry: () => void query.refetch() }
  return { status: 'loading' }
}
