import type { MeterReading } from '../../domain/metering/meter-reading.ts'

/** What the gateway answers to a reading; no answer means that the meter sends it again. */
export type Receipt = {
  readonly reading: Pick<MeterReading, 'deliveryPeriod' | 'sequence'> | null
  readonly outcome:
    | { readonly status: 'accepted'; readonly isLate: boolean }
    | { readonly status: 'refused'; readonly code: string; readonly reason: string }
}

/** The receipt as JSON: period and sequence are left out where the message did not tell them. */
export function formatReceipt({ reading, outcome }: Receipt): string {
  return JSON.stringify({
    ...(reading === null ? {} : { deliveryPeriod: reading.deliveryPeriod, sequence: reading.sequence }),
    ...(outcome.status === 'accepted'
      ? { status: outcome.status, ...(outcome.isLate ? { late: true } : {}) }
      : outcome),
  })
}
