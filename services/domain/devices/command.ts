/** What a device is told to do. Power is signed as everywhere: positive flows into the device. */
export type CommandAction =
  /** To hold this power. */
  | { readonly kind: 'set-point'; readonly powerW: number }
  | { readonly kind: 'switch'; readonly isOn: boolean }
  /** Bounds within which the device goes on as it likes; the powers are 0 or more, the charge in thousandths. */
  | {
      readonly kind: 'charge-limit'
      readonly mostChargeW: number
      readonly mostDischargeW: number
      readonly leastStateOfCharge: number
      readonly mostStateOfCharge: number
    }
  /** Set-points, each from its unix second on, in ascending order. */
  | { readonly kind: 'schedule'; readonly steps: readonly { readonly from: number; readonly powerW: number }[] }

export type CommandKind = CommandAction['kind']
export const COMMAND_KINDS = ['set-point', 'switch', 'charge-limit', 'schedule'] as const satisfies CommandKind[]

export type Command = {
  /** UUID; sending one again has no further effect. */
  readonly id: string
  /** Address behind the device's DID, in lower case. */
  readonly device: string
  readonly action: CommandAction
  /** Unix seconds by the ledger's clock, from which on it is not sent, and void where it was not answered. */
  readonly expiresAt: number
}

/** What a device says to a command: a refusal is an answer like another. */
export type CommandAnswer = { readonly status: 'done' } | { readonly status: 'refused'; readonly reason: string }
