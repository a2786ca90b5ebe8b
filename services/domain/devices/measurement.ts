import type { Quantity } from './quantity.ts'

/** `good` is what the device vouches for; `doubtful` it marked itself, or its clock was off; `substituted` stands in for one. */
export type MeasurementQuality = 'good' | 'doubtful' | 'substituted'

/** What an adapter makes of a device's words: a whole number in the unit of its quantity. */
export type Measured = {
  readonly quantity: Quantity
  /** In the unit of the quantity; rounded to the nearest whole, halves away from zero. */
  readonly value: bigint
  /** Unix milliseconds by the device's clock; null where it does not say, which is when it came. */
  readonly measuredAtMs: number | null
  readonly quality: MeasurementQuality
}

/** A measurement as everybody else sees it, whichever protocol brought it. */
export type Measurement = {
  /** Address behind the device's DID, in lower case. */
  readonly device: string
  /** The connection point behind which it is; null for a device that nobody claimed. */
  readonly connectionPoint: string | null
  readonly quantity: Quantity
  readonly value: bigint
  /** Unix milliseconds by the ledger's clock. */
  readonly measuredAtMs: number
  readonly quality: MeasurementQuality
  /** Counts the device's measurements upwards, by the gateway. */
  readonly sequence: number
}
