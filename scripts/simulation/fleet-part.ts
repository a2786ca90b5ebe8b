import type { CommandAction, CommandAnswer, CommandKind } from '../../services/domain/devices/command.ts'
import type { DeviceKind, DeviceProtocol } from '../../services/domain/devices/device.ts'
import type { Quantity } from '../../services/domain/devices/quantity.ts'
import type { DeliveryPeriod } from '../../services/domain/units.ts'

/** A simulated device as it is registered. */
export type SimulatedDevice = {
  /** In lower case. */
  readonly address: string
  readonly memberId: number
  /** Name of its household. */
  readonly home: string
  readonly kind: DeviceKind
  readonly protocol: DeviceProtocol
  readonly isSigning: boolean
  /** Private key of a meter, 0x-hex; null of any other device. */
  readonly meterKey: string | null
  readonly ratedPowerW: number
  /** What it can be told; nothing where left out. */
  readonly capabilities?: readonly CommandKind[]
}

/** What a device does when it is told something, and what it says to that. */
export type Obey = (address: string, action: CommandAction) => CommandAnswer

/** What a device measures at one time, in the units of the quantities. */
export type Measures = Partial<Readonly<Record<Quantity, bigint>>>

/** Simulated devices that speak one protocol. */
export type FleetPart = {
  /** Before the ledger's clock gets to the end of a period: what the devices are to measure there. */
  readonly prepare: (address: string, measures: Measures) => void
  /**
   * Once the clock is there. Resolves when the gateway has it durably, whenever the gateway is there; rejects with the
   * `DomainError` of a refusal.
   */
  readonly publish: (address: string, ended: DeliveryPeriod, measures: Measures) => Promise<void>
  /** What flows until the next reading is not metered; only a meter that signs can say so. */
  readonly interrupt: (address: string) => void
  readonly stop: () => Promise<void>
}

/** Of devices that cannot say so. */
export function neverInterrupted(address: string): never {
  throw new RangeError(`${address} cannot say that it did not count`)
}

/** Where both registers of a meter stand, in Wh. */
export function registersOf(measures: Measures): { readonly importWh: bigint; readonly exportWh: bigint } {
  const { 'import-register': importWh, 'export-register': exportWh } = measures
  if (importWh === undefined || exportWh === undefined) throw new RangeError('a meter has two registers')
  return { importWh, exportWh }
}

/** Where the registers of a member's meter stand at first, as those of a meter that has hung there for years. */
export function firstRegistersOf(memberId: number): Measures {
  return { 'import-register': 1_000_000n + BigInt(memberId) * 137n, 'export-register': 20_000n + BigInt(memberId) }
}
