import { z } from 'zod'
import { DomainError } from '../../../domain/errors.ts'
import type { MeterReading } from '../../../domain/metering/meter-reading.ts'
import { deliveryPeriod, energyWh } from '../../../domain/units.ts'
import type { SignedReading } from '../../signed-reading.ts'

export const READING_MESSAGE_BYTES = 1_024

/** The database counts periods and sequences in 31 bits. */
const LARGEST_COUNT = 2 ** 31 - 1

const count = z.number().int().min(0).max(LARGEST_COUNT)
/** A petawatt-hour and more: no meter's register gets there. */
const registerWh = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,14})$/, { error: 'is not a whole number of Wh as a decimal string' })
const signature = z
  .string()
  .max(132)
  .regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/, { error: 'is not 64 or 65 bytes as 0x-hex' })

const message = z.strictObject({
  deliveryPeriod: count,
  sequence: count,
  importRegisterWh: registerWh,
  exportRegisterWh: registerWh,
  signature,
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
  if (payload.length > READING_MESSAGE_BYTES) {
    throw malformed(`it has ${payload.length} bytes, and ${READING_MESSAGE_BYTES} are the most`)
  }
  const parsed = message.safeParse(parseJson(payload))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') ?? ''
    throw malformed(`${field === '' ? 'the message' : field} ${issue?.message ?? 'is not valid'}`)
  }
  return {
    deliveryPeriod: deliveryPeriod(parsed.data.deliveryPeriod),
    sequence: parsed.data.sequence,
    importRegister: energyWh(BigInt(parsed.data.importRegisterWh)),
    exportRegister: energyWh(BigInt(parsed.data.exportRegisterWh)),
    signature: parsed.data.signature.toLowerCase(),
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

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    throw malformed('it is not JSON in UTF-8')
  }
}

function malformed(reason: string): DomainError {
  return new DomainError('reading-malformed', `the reading cannot be understood: ${reason}`.slice(0, 300))
}
