import type { Command, CommandAnswer } from '../../domain/devices/command.ts'
import type { DeviceProtocol, KnownDevice } from '../../domain/devices/device.ts'
import type { Measured } from '../../domain/devices/measurement.ts'

/** What a device tells of itself beside its measurements. */
export type DeviceReport = {
  readonly firmware?: string
  readonly maker?: string
  readonly model?: string
  readonly serialNumber?: string
  /** How far the device's clock is ahead, in milliseconds. */
  readonly clockOffsetMs?: number
}

/** What the gateway offers to every protocol. */
export type DeviceDesk = {
  /** By address or by the endpoint's name; null where it is not known, or speaks another protocol. */
  readonly find: (protocol: DeviceProtocol, name: string) => KnownDevice | null
  readonly list: (protocol: DeviceProtocol) => readonly KnownDevice[]
  /**
   * Resolves once what was measured is durable, to true; to false where it should be sent again, since the database or
   * the ledger is too far behind. What fails a rule is quarantined and throws its `DomainError`.
   */
  readonly takeMeasurements: (device: string, measured: readonly Measured[]) => Promise<boolean>
  /** Notes that the device was heard, and what it told. */
  readonly onSeen: (device: string, report?: DeviceReport) => void
  /** Keeps a message that could not be understood, or that nobody known sent. */
  readonly onRefused: (message: {
    readonly topic: string
    readonly code: string
    readonly reason: string
    readonly payload: Buffer
  }) => void
  /** Unix milliseconds by the ledger's clock. */
  readonly nowMs: () => number
  /** Receives what is no refusal. */
  readonly onDefect: (error: unknown) => void
}

/** A protocol at work. */
export type RunningAdapter = {
  readonly protocol: DeviceProtocol
  /**
   * Brings a command to a device; resolves to its answer, or to null where it cannot be reached for now: it is sent again
   * until it expires. Rejects with a `DomainError` where the device cannot be told such a thing.
   */
  readonly send: (device: KnownDevice, command: Command) => Promise<CommandAnswer | null>
  readonly close: () => Promise<void>
}
