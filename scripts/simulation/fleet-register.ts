import type { Store } from '../../services/store/connect.ts'
import { writeDeviceWay } from '../../services/store/devices.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { SimulatedDevice } from './fleet-part.ts'

/** Writes how the fleet's meters are reached, and its other devices; again without effect. */
export async function registerFleet(
  store: Store,
  devices: readonly SimulatedDevice[],
  endpointOf: (device: SimulatedDevice) => string | null,
): Promise<void> {
  for (const device of devices) {
    const { address, kind, protocol, isSigning } = device
    if (kind === 'meter') await writeDeviceWay(store, address, { protocol, endpoint: endpointOf(device), isSigning })
  }
  const others = devices.filter(({ kind }) => kind !== 'meter')
  const rows = others.map((device) => {
    const { address, memberId, kind, protocol, isSigning, ratedPowerW, capabilities = [] } = device
    return {
      ...{ address, memberId, kind, protocol, isSigning, ratedPowerW, area: AREA, endpoint: endpointOf(device) },
      ...{ maker: 'Commonwatt', model: 'Simulated', serialNumber: address.slice(2, 18), feeder: '' },
      capabilities: [...capabilities],
    }
  })
  await store.client.device.createMany({ data: rows, skipDuplicates: true })
}
