import type { Store } from '../connect.ts'

export type RefusalView = {
  readonly id: bigint
  readonly topic: string
  readonly code: string
  readonly reason: string
  /** In whose name it came; null where it names no device. */
  readonly device: string | null
  readonly protocol: string | null
  readonly isReplayable: boolean
  readonly receivedAt: number
}

/** Meter messages that the gateway refused, newest first. */
export async function listRefusals(
  store: Store,
  {
    before,
    limit,
    device,
    code,
  }: { before?: string | undefined; limit: number; device?: string | undefined; code?: string | undefined },
): Promise<{ items: RefusalView[]; nextBefore: bigint | null }> {
  const rows = await store.client.refusedMessage.findMany({
    where: {
      ...(before === undefined ? {} : { id: { lt: BigInt(before) } }),
      ...(device === undefined ? {} : { device }),
      ...(code === undefined ? {} : { code }),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: {
      ...{ id: true, topic: true, code: true, reason: true, receivedAt: true },
      ...{ device: true, protocol: true, format: true, isWhole: true },
    },
  })
  const items = rows.slice(0, limit).map(({ format, isWhole, ...row }) => {
    return { ...row, isReplayable: format !== null && row.device !== null && isWhole }
  })
  return { items, nextBefore: rows.length > limit ? items.at(-1)!.id : null }
}
