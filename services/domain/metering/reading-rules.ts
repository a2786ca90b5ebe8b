import { DomainError } from '../errors.ts'
import { endOf, SECONDS_PER_PERIOD } from '../units.ts'
import { isSameReading, type MeterReading } from './meter-reading.ts'

/** How far a meter's clock may be ahead of the ledger's, in seconds. */
export const FUTURE_TOLERANCE_SECONDS = 5

const SECONDS_PER_HOUR = 3_600n

/** What the gateway knows of a meter when one of its readings arrives. */
export type MeterRecord = {
  /** The meter's last accepted reading. */
  readonly last: MeterReading | null
  /** Accepted readings with the sequence or the delivery period of the one that arrived; needed where `isAhead` fails. */
  readonly earlier: readonly MeterReading[]
  readonly connectionCapacityW: number
}

/** Whether a reading is later than the last one by its sequence and by its period, as every accepted reading is. */
export function isAhead(reading: MeterReading, last: MeterReading | null): boolean {
  return last === null || (reading.sequence > last.sequence && reading.deliveryPeriod > last.deliveryPeriod)
}

/** Whether the reading's period ends later than the ledger's time, in unix seconds, with the tolerance allows. */
export function isFromTheFuture(reading: MeterReading, now: number): boolean {
  return endOf(reading.deliveryPeriod) > now + FUTURE_TOLERANCE_SECONDS
}

/**
 * Throws unless the reading may be accepted: `reading-from-the-future`, `reading-replayed`, `reading-conflict`,
 * `reading-out-of-order`, `reading-register-backwards` or `reading-implausible`, looked at in this order.
 * @param now The ledger's time in unix seconds.
 */
export function checkReading(reading: MeterReading, record: MeterRecord, now: number): void {
  if (isFromTheFuture(reading, now)) {
    const end = endOf(reading.deliveryPeriod)
    throw new DomainError(
      'reading-from-the-future',
      `delivery period ${reading.deliveryPeriod} ends at ${end}, and the ledger's time is ${now}: send it after its end`,
      { deliveryPeriod: reading.deliveryPeriod, end, now },
    )
  }
  const { last } = record
  if (last === null) return
  if (!isAhead(reading, last)) throw refusalOfRepeat(reading, last, record.earlier)
  checkRegisters(reading, last)
  checkPlausibility(reading, last, record.connectionCapacityW)
}

function refusalOfRepeat(reading: MeterReading, last: MeterReading, earlier: readonly MeterReading[]): DomainError {
  const accepted = [last, ...earlier]
  if (accepted.some((one) => isSameReading(one, reading))) {
    return new DomainError(
      'reading-replayed',
      `reading ${reading.sequence} of delivery period ${reading.deliveryPeriod} was accepted before`,
      { sequence: reading.sequence, deliveryPeriod: reading.deliveryPeriod },
    )
  }
  const rival = accepted.find(
    (one) => one.sequence === reading.sequence || one.deliveryPeriod === reading.deliveryPeriod,
  )
  if (rival !== undefined) {
    return new DomainError(
      'reading-conflict',
      `another reading with sequence ${rival.sequence} for delivery period ${rival.deliveryPeriod} was accepted before`,
      { sequence: rival.sequence, deliveryPeriod: rival.deliveryPeriod },
    )
  }
  return new DomainError(
    'reading-out-of-order',
    `sequence and delivery period must both be higher than the last accepted, ${last.sequence} and ` +
      `${last.deliveryPeriod}: send readings in the order in which they were taken`,
    { lastSequence: last.sequence, lastDeliveryPeriod: last.deliveryPeriod },
  )
}

function checkRegisters(reading: MeterReading, last: MeterReading): void {
  for (const register of ['importRegister', 'exportRegister'] as const) {
    if (reading[register] >= last[register]) continue
    throw new DomainError(
      'reading-register-backwards',
      `the ${directionOf(register)} register went from ${last[register]} Wh back to ${reading[register]} Wh`,
      { register, last: last[register], value: reading[register] },
    )
  }
}

function checkPlausibility(reading: MeterReading, last: MeterReading, connectionCapacityW: number): void {
  const seconds = BigInt(reading.deliveryPeriod - last.deliveryPeriod) * BigInt(SECONDS_PER_PERIOD)
  const most = (BigInt(connectionCapacityW) * seconds) / SECONDS_PER_HOUR
  for (const register of ['importRegister', 'exportRegister'] as const) {
    const energy = reading[register] - last[register]
    if (energy <= most) continue
    throw new DomainError(
      'reading-implausible',
      `${energy} Wh of ${directionOf(register)} in ${seconds} s is more than a connection of ${connectionCapacityW} W ` +
        `can carry (${most} Wh)`,
      { register, energyWh: energy, mostWh: most, connectionCapacityW },
    )
  }
}

function directionOf(register: 'importRegister' | 'exportRegister'): string {
  return register === 'importRegister' ? 'import' : 'export'
}
