import type { MeterReading } from '../domain/metering/meter-reading.ts'

/** A reading as a meter sent it, with the signature (0x-hex, 64 or 65 bytes) that was not verified yet. */
export type SignedReading = MeterReading & { readonly signature: string }
