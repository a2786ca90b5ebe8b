import type { DeliveryPeriod, EnergyWh } from '../units.ts'
import { energyWh } from '../units.ts'
import type { MeterReading } from './meter-reading.ts'

/** The registers of a member at the start and at the end of a delivery period. */
export type PeriodReading = {
  readonly memberId: number
  readonly period: DeliveryPeriod
  readonly importStart: EnergyWh
  readonly importEnd: EnergyWh
  readonly exportStart: EnergyWh
  readonly exportEnd: EnergyWh
}

export type PeriodEnergy = { readonly imported: EnergyWh; readonly exported: EnergyWh }

/**
 * The registers around a delivery period, or null where the energy of the period is not known: it is known only
 * where the meter's readings at the end of the period before and at the end of the period itself were both accepted,
 * and follow one another in sequence. A meter whose metering was interrupted says so by leaving a number out.
 */
export function periodReadingOf(
  memberId: number,
  period: DeliveryPeriod,
  readings: readonly MeterReading[],
): PeriodReading | null {
  const start = readings.find((reading) => reading.deliveryPeriod === period - 1)
  const end = readings.find((reading) => reading.deliveryPeriod === period)
  if (start === undefined || end === undefined || end.sequence !== start.sequence + 1) return null
  return {
    memberId,
    period,
    importStart: start.importRegister,
    importEnd: end.importRegister,
    exportStart: start.exportRegister,
    exportEnd: end.exportRegister,
  }
}

/** What flowed through the connection in the period. */
export function periodEnergyOf(reading: PeriodReading): PeriodEnergy {
  return {
    imported: energyWh(reading.importEnd - reading.importStart),
    exported: energyWh(reading.exportEnd - reading.exportStart),
  }
}

/**
 * Whether no later message can change what is known of the period: readings are accepted in order only, so one at
 * its end or after it settles the matter, even where the energy stays unknown.
 */
export function isDecided(last: MeterReading | null, period: DeliveryPeriod): boolean {
  return last !== null && last.deliveryPeriod >= period
}

/**
 * Whether a member's energy is metered in a session: everyone who could trade in it, so whoever was not deactivated
 * before its gate closed. Both times in unix seconds; null means active.
 */
export function isMetered(activeUntil: number | null, gateClosure: number): boolean {
  return activeUntil === null || gateClosure < activeUntil
}
