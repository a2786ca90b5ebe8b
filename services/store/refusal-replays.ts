import type { Store } from './connect.ts'

/** What became of a message that was decided on anew: taken, known from before, or refused again. */
export type ReplayOutcome = {
  readonly status: 'accepted' | 'known' | 'refused'
  readonly code: string | null
  readonly reason: string | null
}

/** That a refused message is to be decided on anew; without an outcome until the gateway did. */
export type RefusalReplay = {
  readonly id: bigint
  readonly refusalId: bigint
  /** Unix seconds by the ledger's clock. */
  readonly requestedAt: number
  readonly outcome: (ReplayOutcome & { readonly decidedAt: number }) | null
}

export type OpenReplay = {
  readonly id: bigint
  readonly device: string | null
  readonly format: string | null
  readonly isWhole: boolean
  readonly payload: Uint8Array
}

const REASON_CHARACTERS = 512

/**
 * Has a refused message decided on anew; the same again where that is waiting still. At most `mostOpen` wait at once, and a
 * message is tried `mostTries` times. The api is the only writer.
 */
export function requestReplay(
  store: Store,
  {
    refusalId,
    by,
    now,
    mostOpen,
    mostTries,
  }: Record<'now' | 'mostOpen' | 'mostTries', number> & {
    readonly refusalId: bigint
    readonly by: string
  },
): Promise<RefusalReplay | 'unknown' | 'not-replayable' | 'too-many'> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('refusal-replays'))`
    const refusal = await transaction.refusedMessage.findUnique({
      where: { id: refusalId },
      select: { format: true, device: true, isWhole: true },
    })
    if (refusal === null) return 'unknown'
    if (refusal.format === null || refusal.device === null || !refusal.isWhole) return 'not-replayable'
    const omit = { requestedBy: true } as const
    const open = await transaction.refusalReplay.findFirst({ where: { refusalId, outcome: null }, omit })
    if (open !== null) return { ...open, outcome: null }
    const [waiting, tries] = [
      await transaction.refusalReplay.count({ where: { outcome: null } }),
      await transaction.refusalReplay.count({ where: { refusalId } }),
    ]
    if (waiting >= mostOpen || tries >= mostTries) return 'too-many'
    const data = { refusalId, requestedBy: by, requestedAt: now }
    const made = await transaction.refusalReplay.create({ data, omit })
    return { ...made, outcome: null }
  })
}

/** Of a message, newest first; null where there is no such message. */
export async function listReplays(store: Store, refusalId: bigint): Promise<RefusalReplay[] | null> {
  if ((await store.client.refusedMessage.count({ where: { id: refusalId } })) === 0) return null
  const rows = await store.client.refusalReplay.findMany({
    where: { refusalId },
    orderBy: { id: 'desc' },
    select: { id: true, refusalId: true, requestedAt: true, outcome: { omit: { replayId: true } } },
  })
  return rows as RefusalReplay[]
}

/** Those that the gateway has not decided yet, oldest first. */
export async function listOpenReplays(store: Store, limit: number): Promise<OpenReplay[]> {
  const rows = await store.client.refusalReplay.findMany({
    where: { outcome: null },
    orderBy: { id: 'asc' },
    take: limit,
    select: { id: true, refusal: { select: { device: true, format: true, isWhole: true, payload: true } } },
  })
  return rows.map(({ id, refusal }) => ({ id, ...refusal }))
}

/** The first outcome counts; without effect where the message is gone. The gateway is the only writer. */
export async function writeReplayOutcome(
  store: Store,
  replayId: bigint,
  { status, code, reason, decidedAt }: ReplayOutcome & { readonly decidedAt: number },
): Promise<void> {
  await store.client.$executeRaw`
    INSERT INTO refusal_replay_outcomes (replay_id, status, code, reason, decided_at)
    SELECT id, ${status}, ${code}, ${reason?.slice(0, REASON_CHARACTERS) ?? null}, ${decidedAt}::int FROM refusal_replays
    WHERE id = ${replayId}::bigint
    ON CONFLICT DO NOTHING`
}
