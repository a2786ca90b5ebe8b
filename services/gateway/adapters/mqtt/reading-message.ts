import { z } from 'zod'
import { DomainError } from '../../../domain/errors.ts'
import type { MeterReading } from '../../../domain/metering/meter-reading.ts'
import { deliveryPeriod, energyWh } from '../../../domain/units.ts'
import type { SignedReading } from '../../signed-reading.ts'
import { parseJsonMessage, signatureText } from './json-message.ts'

export const READING_MESSAGE_BYTES = 1_024

/** The database counts periods and sequences in 31 bits. */
const LARGEST_COUNT = 2 ** 31 - 1

const count = z.number().int().min(0).max(LARGEST_COUNT)
/** A petawatt-hour and more: no meter's register gets there. */
const registerWh = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,14})$/, { error: 'is not a whole number of Wh as a decimal string' })

const message = z.strictObject({
  deliveryPeriod: count,
  sequence: count,
  importRegisterWh: registerWh,
  exportRegisterWh: registerWh,
  signature: signatureText,
})

/** What the gateway answers; no answer means that the meter sends its reading again. */
export type Receipt = {
  readonly reading: Pick<MeterReading, 'deliveryPeriod' | 'sequence'> | null
  readonly outcome:
    | { readonly status: 'accepted'; readonly isLate: boolean }
    | { readonly status: 'refused'; readonly code: string; readonly reason: string }
}

/** Throws `reading-malformed`, saying what is wrong with the message. */
export function parseReadingMessage(payload: Uint8Array): SignedReading {
  const parsed = parseJsonMessage(payload, { schema: message, mostBytes: READING_MESSAGE_BYTES, malformed })
  return {
    deliveryPeriod: deliveryPeriod(parsed.deliveryPeriod),
    sequence: parsed.sequence,
    importRegister: energyWh(BigInt(parsed.importRegisterWh)),
    exportRegister: energyWh(BigInt(parsed.exportRegisterWh)),
    signature: parsed.signature.toLowerCase(),
  }
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

function malformed(reason: string): DomainError {
  return new DomainError('reading-malformed', `the reading cannot be understood: ${reason}`.slice(0, 300))
}
