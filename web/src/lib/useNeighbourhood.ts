import { api, type Neighbourhood } from './api-client.ts'
import { queryKeys } from './query-keys.ts'
import { useFetched, type Fetched } from './useFetched.ts'

const same = (answer: Neighbourhood) => answer

/** The neighbourhood now, as the api tells it; several panels read different parts of the one answer. */
export function useNeighbourhood<Data = Neighbourhood>(
  select: (answer: Neighbourhood) => Data = same as (answer: Neighbourhood) => Data,
): Fetched<Data> {
  return useFetched({ key: queryKeys.neighbourhood(), fetch: api.neighbourhood, select, everyMs: 15_000 })
}
