import type { CommandState } from '../domain/devices/command-life.ts'
import type { CommandAction } from '../domain/devices/command.ts'
import type { DeviceLimits } from '../domain/devices/device-limits.ts'
import type { KnownDevice } from '../domain/devices/device.ts'

/** What is asked of a device for an order. */
export type ActivationWish = {
  /** UUID; sent again with the same one it has no further effect. */
  readonly id: string
  readonly device: string
  readonly portfolioId: number
  readonly orderId: number
  readonly action: CommandAction
  /** Unix seconds. */
  readonly expiresAt: number
}

/** How devices are told, and what became of it. */
export type CommandDesk = {
  /** Null where nobody has the device. */
  readonly readDevice: (
    address: string,
  ) => Promise<{ readonly device: KnownDevice; readonly limits: DeviceLimits } | null>
  /** Whether the owner told the device something since then (unix seconds). */
  readonly hasOwnerCommanded: (device: string, memberId: number, since: number) => Promise<boolean>
  /** Resolves once it is taken. Throws a DomainError with the api's code, or `api-unreachable`. */
  readonly send: (wish: ActivationWish) => Promise<void>
  /** Null for a command that is not known. */
  readonly stateOf: (commandId: string) => Promise<{ readonly state: CommandState; readonly detail: string } | null>
}
