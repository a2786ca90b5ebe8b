import type { DeliveryPeriod, EnergyWh, SignedWh } from '../../units.ts'
import { activatedDaysOf, localDaysOf, totalOf, useOf, type CongestionDirection } from '../baseline/baseline-case.ts'
import { comparedPeriodsOf } from '../baseline/eligible-days.ts'
import { roundHalfEven } from '../baseline/fraction.ts'
import { localQuarterHourOf, type LocalCalendar, type LocalDay } from '../baseline/local-calendar.ts'
import {
  excessiveFindingsOf,
  expectedUseOf,
  repeatedFindingOf,
  type DayLevel,
  type Finding,
  type GuardThresholds,
  type Observation,
} from './finding.ts'
import { daysAround } from './guarded-asset.ts'

/** What was nominated at a congestion point for a period, before any flexibility; positive towards the prosumers. */
export type NominatedPeriod = {
  /** By the party that is looked at. */
  readonly own: SignedWh
  /** By all parties, this one included. */
  readonly total: SignedWh
  /** What the congestion point carries in the direction of the congestion. */
  readonly limit: EnergyWh
}

/** A party's offers at a congestion point, and all nominations there. */
export type OfferingParty = {
  readonly calendar: LocalCalendar
  readonly direction: CongestionDirection
  readonly nominated: ReadonlyMap<DeliveryPeriod, NominatedPeriod>
  /** By how much it offered to reduce its use (its feed-in, with feed-in congestion) in a period. */
  readonly offered: ReadonlyMap<DeliveryPeriod, EnergyWh>
}

export type IncDecSearch = {
  /** How far away the days without offers are sought, in calendar days. */
  readonly lookBackDays: number
  readonly thresholds: GuardThresholds
}

/** A period that would not have been congested, had the party nominated what was to be expected of it; all in Wh of use. */
export type CausedCongestion = {
  readonly period: DeliveryPeriod
  readonly own: bigint
  readonly expected: bigint
  readonly others: bigint
  readonly limit: EnergyWh
  readonly offered: EnergyWh
}

export type IncDecFinding = Finding & { readonly caused: readonly CausedCongestion[] }

/**
 * Whether a party nominates more at a congestion point when it offers to use less than on other days, and more than the
 * other parties' nominations explain, and so causes the congestion that it is paid to cure (inc-dec: L. Hirth,
 * I. Schlecht, Market-Based Redispatch in Zonal Electricity Markets, 2018). Congested periods with an offer are compared
 * with the same quarter-hours of days on which the party offered nothing. There is no finding where each of them would
 * have been congested without the raise too.
 */
export function incDecFindingsOf(party: OfferingParty, search: IncDecSearch): IncDecFinding[] {
  const sought = { kind: 'congestion-caused', sought: 'higher', thresholds: search.thresholds } as const
  const observations = offeredDaysOf(party, search.lookBackDays)
  const repeated = repeatedFindingOf(sought, observations)
  const findings = [...(repeated === null ? [] : [repeated]), ...excessiveFindingsOf(sought, observations)]
  return findings
    .map((finding) => ({ ...finding, caused: finding.observations.flatMap((one) => causedOn(party, one)) }))
    .filter(({ caused }) => caused.length > 0)
}

/** The days with offers in congested periods, beside days without any offer. */
function offeredDaysOf(party: OfferingParty, lookBackDays: number): Observation[] {
  const { calendar, nominated, offered } = party
  const offeredPeriods = [...offered].filter(([, quantity]) => quantity > 0n).map(([period]) => period)
  const offeredDays = localDaysOf(calendar, offeredPeriods)
  const congested = offeredPeriods.filter((period) => overloadOf(party, period) > 0n)
  return activatedDaysOf({ calendar, activated: congested }).map(({ day, periods, quarters }) => {
    const isComparable = (other: LocalDay) =>
      !offeredDays.has(other) && comparedPeriodsOf(calendar, other, quarters).every((period) => nominated.has(period))
    const others = daysAround(calendar, day, lookBackDays, isComparable)
    return nominationOf(party, { day, periods, quarters }, others)
  })
}

function causedOn(party: OfferingParty, { day, periods, comparedWith }: Observation): CausedCongestion[] {
  const others = comparedWith.map((one) => one.day)
  return periods.flatMap((period) => {
    const { quarter } = localQuarterHourOf(party.calendar, period)
    return causedIn(party, period, nominationOf(party, { day, periods: [period], quarters: [quarter] }, others))
  })
}

function causedIn(party: OfferingParty, period: DeliveryPeriod, single: Observation): CausedCongestion[] {
  const { limit } = party.nominated.get(period)!
  const others = othersUseOf(party, period)
  const expected = roundHalfEven(expectedUseOf('higher', single))
  if (expected + others > limit) return []
  return [{ period, own: single.use, expected, others, limit, offered: party.offered.get(period)! }]
}

/** What the party nominated on a day, with the other parties as its control group where they all nominate use. */
function nominationOf(
  party: OfferingParty,
  { day, periods, quarters }: ReturnType<typeof activatedDaysOf>[number],
  others: readonly LocalDay[],
): Observation {
  const levelOn = (on: LocalDay, compared: readonly DeliveryPeriod[]): DayLevel => {
    const control = totalOf(compared.map((period) => othersUseOf(party, period)))
    const use = totalOf(compared.map((period) => ownUseOf(party, period)))
    return { day: on, use, control: control > 0n ? control : null }
  }
  const comparedWith = others.map((other) => levelOn(other, comparedPeriodsOf(party.calendar, other, quarters)))
  return { ...levelOn(day, periods), periods, comparedWith }
}

function overloadOf({ direction, nominated }: OfferingParty, period: DeliveryPeriod): bigint {
  const found = nominated.get(period)
  return found === undefined ? 0n : useOf(direction, found.total) - found.limit
}

function ownUseOf({ direction, nominated }: OfferingParty, period: DeliveryPeriod): bigint {
  return useOf(direction, nominated.get(period)!.own)
}

function othersUseOf(party: OfferingParty, period: DeliveryPeriod): bigint {
  return useOf(party.direction, party.nominated.get(period)!.total) - ownUseOf(party, period)
}
