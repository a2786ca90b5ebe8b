import type { DeviceProtocol } from '../../domain/devices/device.ts'
import { DomainError } from '../../domain/errors.ts'
import type { RefusedMessage } from '../../store/refused-messages.ts'
import type { SignedReading, TakenReading } from '../signed-reading.ts'
import type { Receipt } from './receipt.ts'

/** What every protocol brings its readings to. */
export type ReadingTaker = {
  /** Resolves once the reading is durable, to null where it should be sent again; throws a refusal. */
  readonly receive: (address: string, reading: SignedReading) => Promise<TakenReading | null>
  /** Whether a refusal may be told to the meter now. */
  readonly mayAnswer: (address: string) => boolean
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
}

/** How meters write readings: one for each kind of payload. */
export type ReadingFormat = {
  /** By which a refused message is read again; null where it cannot be. */
  readonly name: string | null
  readonly protocol: DeviceProtocol
  /** The readings of a message, one at least. Throws `reading-malformed`, saying what is wrong with it. */
  readonly parse: (payload: Uint8Array) => readonly SignedReading[]
}

export type MeterMessage = {
  /** Where it came from, as an operator is told: a topic, or a path. */
  readonly topic: string
  /** Of the meter, by the topic or path; null where that names none in lower case. */
  readonly address: string | null
  readonly payload: Uint8Array
  readonly format: ReadingFormat
}

/**
 * Takes the readings of a message, one after the other: what to answer to each, null for one that is not durable and that
 * the meter sends again. Where the message cannot be understood nothing of it is taken, and there is one answer.
 */
export async function takeReadings(taker: ReadingTaker, message: MeterMessage): Promise<readonly (Receipt | null)[]> {
  const { topic, address, payload, format } = message
  const refuse = (error: unknown, reading: Receipt['reading']): Receipt => {
    if (!(error instanceof DomainError)) throw error
    const { code, message: reason } = error
    const { name, protocol } = format
    taker.onRefused({ topic, code, reason, payload: Buffer.from(payload), device: address, protocol, format: name })
    return { reading, outcome: { status: 'refused', code, reason } }
  }
  let readings: readonly SignedReading[]
  try {
    if (address === null) throw addressless()
    readings = format.parse(payload)
  } catch (error) {
    return [refuse(error, null)]
  }
  const receipts: (Receipt | null)[] = []
  for (const reading of readings) {
    try {
      const accepted = await taker.receive(address, reading)
      receipts.push(accepted && { reading, outcome: { status: 'accepted', isLate: accepted.isLate } })
    } catch (error) {
      receipts.push(refuse(error, reading))
    }
  }
  return receipts
}

function addressless(): DomainError {
  return new DomainError(
    'reading-malformed',
    'nothing names a meter: give its address as 0x and 40 hex digits in lower case',
  )
}
