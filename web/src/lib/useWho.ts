import { api, type WhoAmI } from './api-client.ts'
import { queryKeys } from './query-keys.ts'
import { useFetched, type Fetched } from './useFetched.ts'

const same = (answer: WhoAmI) => answer

/** Who is signed in in this browser. */
export function useWho(): Fetched<WhoAmI> {
  return useFetched({ key: queryKeys.me(), fetch: api.me, select: same, everyMs: 60_000 })
}

/** What the api would answer, known without asking it. */
export const NOT_SIGNED_IN = {
  code: 'not-signed-in',
  title: 'You are not signed in',
  detail: 'This is shown to whoever may see it.',
} as const
