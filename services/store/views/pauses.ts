import type { Store } from '../connect.ts'

/** What was said of a pause of trading. Times are unix seconds by the ledger's clock. */
export type PauseView = {
  /** 0 for every area. */
  readonly area: number
  readonly act: 'paused' | 'extended' | 'ended'
  readonly effectiveAt: number
  /** Null where trading goes on. */
  readonly until: number | null
  readonly reasonHash: string
  readonly by: string
  readonly blockNumber: number
}

/** The latest `limit`, newest first. */
export async function listPauses(store: Store, limit: number): Promise<PauseView[]> {
  const orderBy = [{ blockNumber: 'desc' as const }, { logIndex: 'desc' as const }]
  const rows = await store.client.tradingPause.findMany({ orderBy, take: limit })
  return rows.map(viewOf)
}

/** What was said last of each area. */
export async function listLatestPauses(store: Store): Promise<PauseView[]> {
  const rows = await store.client.tradingPause.findMany({
    distinct: ['area'],
    orderBy: [{ blockNumber: 'desc' }, { logIndex: 'desc' }],
  })
  return rows.map(viewOf)
}

function viewOf(
  row: Omit<PauseView, 'act' | 'effectiveAt' | 'until'> & { act: string; effectiveAt: bigint; until: bigint | null },
): PauseView {
  const { area, act, effectiveAt, until, reasonHash, by, blockNumber } = row
  return {
    area,
    act: act as PauseView['act'],
    effectiveAt: Number(effectiveAt),
    until: until === null ? null : Number(until),
    reasonHash,
    by,
    blockNumber,
  }
}
