import type { CommandKind } from './command.ts'

/** The kinds of devices, as the roles of their credentials are named. */
export const DEVICE_KINDS = ['meter', 'battery', 'ev-charger', 'heat-pump', 'pv-inverter'] as const
export type DeviceKind = (typeof DEVICE_KINDS)[number]

/** By which words a device speaks; one way at a time. */
export const DEVICE_PROTOCOLS = ['mqtt', 'json', 'ultralight', 'lwm2m', 'modbus'] as const
export type DeviceProtocol = (typeof DEVICE_PROTOCOLS)[number]

/** A device as its adapter knows it. */
export type KnownDevice = {
  /** Behind its DID, 0x-hex in lower case. */
  readonly address: string
  readonly kind: DeviceKind
  readonly area: number
  /** Whose it is; null while nobody has claimed it. */
  readonly memberId: number | null
  readonly protocol: DeviceProtocol
  /** Its name in its protocol where that is not its address: an LwM2M endpoint, or a Modbus `host:port/unit`. */
  readonly endpoint: string | null
  /** Whether its readings carry a signature of its own; the gateway signs for all others, and never for these. */
  readonly isSigning: boolean
  /** In either direction. */
  readonly ratedPowerW: number
  readonly capabilities: readonly CommandKind[]
}
