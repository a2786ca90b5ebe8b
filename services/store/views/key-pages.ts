import type { Store } from '../connect.ts'
import type { AreaView } from './area.ts'

/** A page of a day's trading keys, as it was published. */
export type KeyPageView = {
  readonly page: number
  /** Address of the contract whose code the page is. */
  readonly code: string
  readonly entryCount: number
  readonly transactionHash: string
}

/**
 * The page for which the member was looked at when the day's keys were published; null where it was not yet. Pages go
 * through the members of the area by their numbers, of whatever kind.
 */
export async function readKeyPageOf(
  store: Store,
  area: AreaView,
  day: number,
  memberId: number,
): Promise<KeyPageView | null> {
  const [page] = await store.client.$queryRaw<KeyPageView[]>`
    SELECT (e.arguments->>'page')::int AS page, e.arguments->>'code' AS code,
      (e.arguments->>'entryCount')::int AS "entryCount", e.transaction_hash AS "transactionHash"
    FROM indexed_events e
    WHERE e.area = ${area.id} AND e.period IS NULL AND e.name = 'KeysPublished' AND e.arguments->>'day' = ${String(day)}
      AND (e.arguments->>'membersSeen')::int >= (
        SELECT count(*) FROM members m WHERE m.area = ${area.id} AND m.id <= ${memberId})
    ORDER BY e.block_number, e.log_index LIMIT 1`
  return page ?? null
}
