import { estimatedReadingOf, periodReadingOf, type Registers } from '../domain/metering/estimation.ts'
import type { MeterReading } from '../domain/metering/meter-reading.ts'
import type { PeriodEnergy, PeriodReading } from '../domain/metering/period-energy.ts'
import { deliveryPeriod, energyWh, type DeliveryPeriod } from '../domain/units.ts'

/** What the database knows of the members of a period, each by member id. */
export type ReadingSources = {
  /** Readings at the end of the period before and at its own end. */
  readReadingsAround(period: DeliveryPeriod, memberIds: readonly number[]): Promise<Map<number, MeterReading[]>>
  /** The last reading before the end of the period, and the first from there on. */
  readReadingsBesides(period: DeliveryPeriod, memberIds: readonly number[]): Promise<Map<number, MeterReading[]>>
  /** Where the registers stood at the end of the leaf of a period. */
  readLeafEnds(period: DeliveryPeriod, memberIds: readonly number[]): Promise<Map<number, Registers>>
  /** Metered energies of the same quarter-hour on earlier days. */
  readMeteredProfiles(period: DeliveryPeriod, memberIds: readonly number[]): Promise<Map<number, PeriodEnergy[]>>
}

const NOTHING: Registers = { import: energyWh(0n), export: energyWh(0n) }

/** One reading of the period for every member, in the order given: metered, or estimated where something is missing. */
export async function decideReadings(
  sources: ReadingSources,
  period: DeliveryPeriod,
  memberIds: readonly number[],
): Promise<PeriodReading[]> {
  const around = await sources.readReadingsAround(period, memberIds)
  const metered = (memberId: number) => periodReadingOf(memberId, period, around.get(memberId) ?? [])
  const missing = memberIds.filter((memberId) => metered(memberId) === null)
  const estimates =
    missing.length === 0 ? new Map<number, PeriodReading>() : await estimateReadings(sources, period, missing)
  return memberIds.map((memberId) => metered(memberId) ?? estimates.get(memberId)!)
}

async function estimateReadings(
  sources: ReadingSources,
  period: DeliveryPeriod,
  memberIds: readonly number[],
): Promise<Map<number, PeriodReading>> {
  const before = deliveryPeriod(Math.max(0, period - 1))
  const [besides, ends, profiles] = await Promise.all([
    sources.readReadingsBesides(period, memberIds),
    sources.readLeafEnds(before, memberIds),
    sources.readMeteredProfiles(period, memberIds),
  ])
  return new Map(
    memberIds.map((memberId) => {
      const readings = besides.get(memberId) ?? []
      const start = ends.get(memberId) ?? registersBefore(period, readings)
      return [
        memberId,
        periodReadingOf(memberId, period, readings) ??
          estimatedReadingOf(memberId, period, start, profiles.get(memberId) ?? []),
      ]
    }),
  )
}

/** Where a meter that has no leaf yet stood last. */
function registersBefore(period: DeliveryPeriod, readings: readonly MeterReading[]): Registers {
  const last = readings.find((reading) => reading.deliveryPeriod < period)
  return last === undefined ? NOTHING : { import: last.importRegister, export: last.exportRegister }
}
