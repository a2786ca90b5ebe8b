import type { CommandKind } from '../domain/devices/command.ts'
import type { DeviceKind, DeviceProtocol, KnownDevice } from '../domain/devices/device.ts'
import type { Store } from './connect.ts'

/** By its address; null where there is no such device. */
export async function readKnownDevice(store: Store, address: string): Promise<KnownDevice | null> {
  const row = await store.client.device.findUnique({ where: { address } })
  if (row === null) return null
  const { kind, area, memberId, protocol, endpoint, isSigning, ratedPowerW, capabilities } = row
  return {
    address,
    kind: kind as DeviceKind,
    area,
    memberId,
    protocol: protocol as DeviceProtocol,
    endpoint,
    isSigning,
    ratedPowerW,
    capabilities: capabilities as CommandKind[],
  }
}
