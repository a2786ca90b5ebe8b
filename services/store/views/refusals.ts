import type { Store } from '../connect.ts'

export type RefusalView = {
  readonly id: bigint
  readonly topic: string
  readonly code: string
  readonly reason: string
  readonly receivedAt: number
}

/** Meter messages that the gateway refused, newest first. */
export async function listRefusals(
  store: Store,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<{ items: RefusalView[]; nextBefore: bigint | null }> {
  const rows = await store.client.refusedMessage.findMany({
    ...(before === undefined ? {} : { where: { id: { lt: BigInt(before) } } }),
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: { id: true, topic: true, code: true, reason: true, receivedAt: true },
  })
  const items = rows.slice(0, limit)
  return { items, nextBefore: rows.length > limit ? items.at(-1)!.id : null }
}
