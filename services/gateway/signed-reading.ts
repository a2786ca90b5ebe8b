import type { MeterReading } from '../domain/metering/meter-reading.ts'

/** A reading as a meter sent it, with the signature (0x-hex, 64 or 65 bytes) that was not verified yet. */
export type SignedReading = MeterReading & { readonly signature: string }

/** What became of a reading that was accepted. */
export type TakenReading = {
  /** Whether the energy of its delivery period was decided before it came. */
  readonly isLate: boolean
  /** How many numbers of the meter's sequence it leaves out. */
  readonly skipped: number
}
