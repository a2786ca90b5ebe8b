import { energyWh, type DeliveryPeriod, type EnergyWh } from '../units.ts'
import type { MeterReading } from './meter-reading.ts'
import type { PeriodEnergy, PeriodReading } from './period-energy.ts'

/** Days whose mean stands in for a quarter-hour of which nothing else is known. */
export const MOST_PROFILE_DAYS = 7

/** Where a member's registers stand, in Wh. */
export type Registers = { readonly import: EnergyWh; readonly export: EnergyWh }

/**
 * The registers around a delivery period as the meter counted them, or null where it did not or is not heard of yet.
 * Metered where the meter read both ends of the period. Where readings in between are missing, but the one after the
 * gap follows the one before it in sequence, the registers counted all the while: what they advanced is spread over
 * the gap evenly, by rounding the running total down. A meter whose metering was interrupted says so by leaving a
 * number out, and then nothing is known of the gap.
 * @param readings Of this member; at least the last before the end of the period and the first from there on.
 */
export function periodReadingOf(
  memberId: number,
  period: DeliveryPeriod,
  readings: readonly MeterReading[],
): PeriodReading | null {
  const before = latestOf(readings.filter((reading) => reading.deliveryPeriod < period))
  const after = earliestOf(readings.filter((reading) => reading.deliveryPeriod >= period))
  if (before === undefined || after === undefined || after.sequence !== before.sequence + 1) return null
  const length = BigInt(after.deliveryPeriod - before.deliveryPeriod)
  const end = BigInt(period - before.deliveryPeriod)
  const registerAt = (register: 'importRegister' | 'exportRegister', position: bigint) =>
    energyWh(before[register] + ((after[register] - before[register]) * position) / length)
  return {
    memberId,
    period,
    importStart: registerAt('importRegister', end - 1n),
    importEnd: registerAt('importRegister', end),
    exportStart: registerAt('exportRegister', end - 1n),
    exportEnd: registerAt('exportRegister', end),
    quality: length === 1n ? 'metered' : 'estimated',
  }
}

/**
 * The estimate for a period of which the meter says nothing: the mean, rounded down, of what the member was metered at
 * in the same quarter-hour of earlier days; zero where there is no such day.
 * @param start Where the member's previous leaf ended.
 * @param profile Metered energies of the same quarter-hour, of the latest earlier days that have one, at most seven.
 */
export function estimatedReadingOf(
  memberId: number,
  period: DeliveryPeriod,
  start: Registers,
  profile: readonly PeriodEnergy[],
): PeriodReading {
  if (profile.length > MOST_PROFILE_DAYS) throw new RangeError(`a profile of ${profile.length} days is too long`)
  return {
    memberId,
    period,
    importStart: start.import,
    importEnd: energyWh(start.import + meanOf(profile.map(({ imported }) => imported))),
    exportStart: start.export,
    exportEnd: energyWh(start.export + meanOf(profile.map(({ exported }) => exported))),
    quality: 'estimated',
  }
}

/** What later readings of the member put in the place of an estimate; null where they change nothing. */
export function correctedReadingOf(estimate: PeriodReading, readings: readonly MeterReading[]): PeriodReading | null {
  if (estimate.quality === 'metered') return null
  const counted = periodReadingOf(estimate.memberId, estimate.period, readings)
  return counted === null || isSame(counted, estimate) ? null : counted
}

function isSame(one: PeriodReading, other: PeriodReading): boolean {
  return (
    one.quality === other.quality &&
    one.importStart === other.importStart &&
    one.importEnd === other.importEnd &&
    one.exportStart === other.exportStart &&
    one.exportEnd === other.exportEnd
  )
}

function meanOf(energies: readonly EnergyWh[]): bigint {
  if (energies.length === 0) return 0n
  return energies.reduce((sum, energy) => sum + energy, 0n) / BigInt(energies.length)
}

function latestOf(readings: readonly MeterReading[]): MeterReading | undefined {
  return readings.reduce<MeterReading | undefined>(
    (latest, reading) => (latest === undefined || reading.deliveryPeriod > latest.deliveryPeriod ? reading : latest),
    undefined,
  )
}

function earliestOf(readings: readonly MeterReading[]): MeterReading | undefined {
  return readings.reduce<MeterReading | undefined>(
    (first, reading) => (first === undefined || reading.deliveryPeriod < first.deliveryPeriod ? reading : first),
    undefined,
  )
}
