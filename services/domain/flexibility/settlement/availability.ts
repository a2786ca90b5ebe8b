import { money, powerW, type DeliveryPeriod, type EnergyWh, type Money, type PowerW } from '../../units.ts'

/** An activation, a test or the prequalification of a portfolio: what it was to deliver, and what it did. */
export type AvailabilityProof = {
  readonly firstPeriod: DeliveryPeriod
  /** Inclusive. */
  readonly lastPeriod: DeliveryPeriod
  /** More than nothing. */
  readonly ordered: EnergyWh
  readonly delivered: EnergyWh
}

/** What decides how much of a reservation was available in a period. */
export type ReservedPeriod = {
  readonly period: DeliveryPeriod
  /** What is reserved and was not released. */
  readonly reserved: PowerW
  /** What was requested under the contract and, in answer, offered; null where nothing was requested. */
  readonly request: { readonly requested: PowerW; readonly offered: PowerW } | null
  /** Prequalified power of the portfolio's assets that have a metered reading of the period. */
  readonly metered: PowerW
}

export type AvailabilityTerms = {
  /** Micro-euro per kW and period, never negative. */
  readonly price: Money
  /** Up to how many thousandths may be missing in a proof that still counts as full. */
  readonly deadbandPermille: number
}

export type PeriodAvailability = {
  readonly period: DeliveryPeriod
  readonly reserved: PowerW
  readonly available: PowerW
  /** Micro-euro, which the DSO owes. */
  readonly payment: Money
}

const FULL_PERMILLE = 1_000n

/**
 * The thousandths of a reservation that are proved in a period: between two proofs what the weaker of them showed, before
 * the first and after the last what that one did; 0 where there is none. So a failed test also takes back what was not
 * available, as it now shows, since the proof before it, and it never pays to hope that no test comes.
 */
export function provenPermilleOf(
  proofs: readonly AvailabilityProof[],
  period: DeliveryPeriod,
  deadbandPermille: number,
): bigint {
  const before = proofs.filter(({ firstPeriod }) => firstPeriod <= period)
  const after = proofs.filter(({ lastPeriod }) => lastPeriod >= period)
  const lastStart = Math.max(...before.map(({ firstPeriod }) => firstPeriod))
  const firstEnd = Math.min(...after.map(({ lastPeriod }) => lastPeriod))
  const counting = [
    ...before.filter(({ firstPeriod }) => firstPeriod === lastStart),
    ...after.filter(({ lastPeriod }) => lastPeriod === firstEnd),
  ]
  if (counting.length === 0) return 0n
  return counting
    .map((proof) => resultOf(proof, deadbandPermille))
    .reduce((least, result) => (result < least ? result : least), FULL_PERMILLE)
}

/**
 * What of the reservation was available. Less what was requested and not offered, and no more than the assets with a
 * metered reading could do, times the proven thousandths, rounded down to the W.
 */
export function availablePowerOf({ reserved, request, metered }: ReservedPeriod, provenPermille: bigint): PowerW {
  const kept = reserved - withheldOf(reserved, request)
  const shown = kept < metered ? kept : metered
  return powerW((shown * provenPermille) / FULL_PERMILLE)
}

/** What is paid for availability, period by period, each rounded down to the micro-euro. */
export function payAvailability(
  { price, deadbandPermille }: AvailabilityTerms,
  periods: readonly ReservedPeriod[],
  proofs: readonly AvailabilityProof[],
): PeriodAvailability[] {
  return periods.map((reservedPeriod) => {
    const { period, reserved } = reservedPeriod
    const available = availablePowerOf(reservedPeriod, provenPermilleOf(proofs, period, deadbandPermille))
    return { period, reserved, available, payment: money((price * available) / 1_000n) }
  })
}

function resultOf({ ordered, delivered }: AvailabilityProof, deadbandPermille: number): bigint {
  if (ordered <= 0n) return 0n
  const missing = ordered - delivered
  if (missing * FULL_PERMILLE <= ordered * BigInt(deadbandPermille)) return FULL_PERMILLE
  return (delivered * FULL_PERMILLE) / ordered
}

/** Both a release and a request can only lessen what has to be offered: the lower of reserved and requested. */
function withheldOf(reserved: PowerW, request: ReservedPeriod['request']): bigint {
  if (request === null) return 0n
  const obliged = request.requested < reserved ? request.requested : reserved
  return request.offered < obliged ? obliged - request.offered : 0n
}
