import { createHash } from 'node:crypto'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { DeviceKind, DeviceProtocol } from '../../services/domain/devices/device.ts'
import { RATED_POWER_W } from './device-loads.ts'
import type { SimulatedDevice } from './fleet-part.ts'

/** A household that gets devices. */
export type FleetHome = {
  readonly memberId: number
  readonly name: string
  /** Private key, 0x-hex. */
  readonly meterKey: string
  readonly connectionCapacityW: number
  /** Nothing is recorded of some periods: only a meter that signs can say that it did not count. */
  readonly hasGaps: boolean
}

type Way = { readonly protocol: DeviceProtocol; readonly isSigning: boolean }

const SIGNING_WAYS = [
  { protocol: 'mqtt', isSigning: true },
  { protocol: 'ultralight', isSigning: true },
] as const satisfies Way[]
/** Of meters, in turn. */
const METER_WAYS: readonly Way[] = [
  ...SIGNING_WAYS,
  { protocol: 'ultralight', isSigning: false },
  { protocol: 'modbus', isSigning: false },
  { protocol: 'lwm2m', isSigning: false },
  { protocol: 'json', isSigning: false },
]
/** The devices of a home, in this order and from the first again; with several protocols each home has another. */
const DEVICES: readonly {
  readonly kind: Exclude<DeviceKind, 'meter'>
  readonly protocols: readonly DeviceProtocol[]
}[] = [
  { kind: 'battery', protocols: ['modbus'] },
  { kind: 'heat-pump', protocols: ['ultralight', 'json'] },
  { kind: 'ev-charger', protocols: ['lwm2m'] },
]

/** The meter of each home, and so many other devices. */
export function planFleet(homes: readonly FleetHome[], devicesPerHome: number): readonly SimulatedDevice[] {
  return homes.flatMap((home, position) => [
    meterOf(home, position),
    ...Array.from({ length: devicesPerHome }, (_, index) => deviceOf(home, position, index)),
  ])
}

function meterOf(home: FleetHome, position: number): SimulatedDevice {
  const ways = home.hasGaps ? SIGNING_WAYS : METER_WAYS
  const { memberId, name, meterKey, connectionCapacityW } = home
  return {
    ...ways[position % ways.length]!,
    address: addressOfKey(meterKey),
    memberId,
    home: name,
    kind: 'meter',
    meterKey,
    ratedPowerW: connectionCapacityW,
  }
}

function deviceOf({ memberId, name, meterKey }: FleetHome, position: number, index: number): SimulatedDevice {
  const { kind, protocols } = DEVICES[index % DEVICES.length]!
  const digest = createHash('sha256')
    .update(`${addressOfKey(meterKey)} ${index}`)
    .digest('hex')
  return {
    address: `0x${digest.slice(0, 40)}`,
    memberId,
    home: name,
    kind,
    protocol: protocols[position % protocols.length]!,
    isSigning: false,
    meterKey: null,
    ratedPowerW: RATED_POWER_W[kind],
  }
}
