import { listHouseholds } from '../../services/store/households.ts'
import { readHouseholdKeys } from '../../services/runtime/keys.ts'
import type { Platform } from '../platform.ts'
import { AREA } from '../setup/neighbourhood.ts'
import { withoutCredentials } from './device-url.ts'
import { driveMeters, type DrivenFleet } from './driven-fleet.ts'
import { startMeterFleet, type FleetRefusal } from './meter-fleet.ts'
import { startMixedFleet } from './mixed-fleet.ts'
import { planFleet } from './mixed-plan.ts'
import type { Recording } from './recorded-households.ts'

export const FLEETS = ['mqtt', 'mixed'] as const
export type FleetChoice = {
  readonly fleet: (typeof FLEETS)[number]
  /** Of each home, beside its meter; none in a fleet that speaks MQTT alone. */
  readonly devicesPerHome: number
}

export type SimulatedFleetOptions = FleetChoice & {
  readonly recording: Recording
  /** Where the gateway listens on this machine. */
  readonly lwm2mPort: number
  readonly onRefused: (refusal: FleetRefusal) => void
}

/** Starts the devices of a platform's homes. */
export async function startSimulatedFleet(platform: Platform, options: SimulatedFleetOptions): Promise<DrivenFleet> {
  const { store, ledger, dataFolder } = platform
  const { recording, onRefused } = options
  const keys = await readHouseholdKeys(dataFolder)
  const shared = {
    brokerUrl: withoutCredentials(platform.brokerUrl),
    ledgerIdentity: { chainId: ledger.chainId, addresses: ledger.addresses },
    onRefused,
  }
  if (options.fleet === 'mqtt') {
    const meters = keys.map(({ memberId, meterKey, name }) => ({ memberId, meterKey, name }))
    return driveMeters(await startMeterFleet({ ...shared, area: AREA, meters }))
  }
  const capacities = new Map(
    (await listHouseholds(store, AREA)).map(({ memberId, connectionCapacityW }) => [memberId, connectionCapacityW]),
  )
  const withGaps = new Set(recording.gaps.map(({ household }) => household))
  const homes = keys.map(({ memberId, meterKey, name }) => ({
    ...{ memberId, meterKey, name },
    connectionCapacityW: capacities.get(memberId) ?? 0,
    hasGaps: withGaps.has(name),
  }))
  return startMixedFleet({
    ...{ ...shared, store },
    lwm2m: { host: '127.0.0.1', port: options.lwm2mPort },
    devices: planFleet(homes, options.devicesPerHome),
  })
}
