import type { DeliveryPeriod, EnergyWh } from '../units.ts'
import { energyWh } from '../units.ts'
import type { MeterReading } from './meter-reading.ts'

/** Whether the energy was read from the meter, or estimated by rule where readings are missing. */
export type ReadingQuality = 'metered' | 'estimated'

/** The registers of a member at the start and at the end of a delivery period. */
export type PeriodReading = {
  readonly memberId: number
  readonly period: DeliveryPeriod
  readonly importStart: EnergyWh
  readonly importEnd: EnergyWh
  readonly exportStart: EnergyWh
  readonly exportEnd: EnergyWh
  readonly quality: ReadingQuality
}

export type PeriodEnergy = { readonly imported: EnergyWh; readonly exported: EnergyWh }

/** What flowed through the connection in the period. */
export function periodEnergyOf(reading: PeriodReading): PeriodEnergy {
  return {
    imported: energyWh(reading.importEnd - reading.importStart),
    exported: energyWh(reading.exportEnd - reading.exportStart),
  }
}

/**
 * Whether no later message can change what is known of the period: readings are accepted in order only, so one at
 * its end or after it settles the matter, even where the energy can only be estimated.
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
