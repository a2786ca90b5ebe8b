import type { PastDelivery } from '../../domain/flexibility/pool/device-reliability.ts'
import { energyWh } from '../../domain/units.ts'
import type { Store } from '../connect.ts'

/** Of each member that was asked for something, by order and period as drawn last, what it was asked for and delivered; the oldest first. */
export async function listPastDeliveries(
  store: Store,
  memberIds: readonly number[],
): Promise<ReadonlyMap<number, readonly PastDelivery[]>> {
  const rows = await store.client.flexAsset.findMany({
    where: { memberId: { in: [...memberIds] }, askedWh: { gt: 0 } },
    orderBy: [{ period: 'asc' }, { orderId: 'asc' }],
    select: { memberId: true, askedWh: true, deliveredWh: true },
  })
  const byMember = Map.groupBy(rows, ({ memberId }) => memberId)
  return new Map(
    [...byMember].map(([memberId, own]) => [
      memberId,
      own.map(({ askedWh, deliveredWh }) => ({ asked: energyWh(askedWh), delivered: energyWh(deliveredWh) })),
    ]),
  )
}
