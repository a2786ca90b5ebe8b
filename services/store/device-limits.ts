import type { CommandSource, DeviceLimits } from '../domain/devices/device-limits.ts'
import type { Store } from './connect.ts'

/** What the member set for its device; null where it set nothing, whatever a former owner did. */
export async function readDeviceLimits(store: Store, device: string, memberId: number): Promise<DeviceLimits | null> {
  const row = await store.client.deviceLimits.findUnique({ where: { device } })
  if (row === null || row.memberId !== memberId) return null
  const { mostChargeW, mostDischargeW, leastStateOfCharge, mostStateOfCharge, sources, isPaused } = row
  return {
    mostChargeW,
    mostDischargeW,
    leastStateOfCharge,
    mostStateOfCharge,
    sources: sources as CommandSource[],
    isPaused,
  }
}

/** In the place of what was set before. The api is the only writer. */
export async function writeDeviceLimits(
  store: Store,
  device: string,
  memberId: number,
  limits: DeviceLimits,
): Promise<void> {
  const row = { device, memberId, ...limits, sources: [...limits.sources] }
  await store.client.deviceLimits.upsert({ where: { device }, create: row, update: row })
}
