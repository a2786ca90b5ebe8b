import { DomainError } from '../../errors.ts'
import { money, type EnergyWh, type Money, type Rate } from '../../units.ts'

/** The price of what is missing above a part of the order, up to where the next band starts. */
export type PenaltyBand = {
  /** Thousandths of the ordered energy, from 0 to 10,000. */
  readonly abovePermille: number
  /** Micro-euro per kWh of deficiency, never negative. */
  readonly price: Rate
}

/**
 * What a deficiency costs, as a sliding scale: each band prices the part of the deficiency that lies in it, as a tax does
 * with income, so that a Wh more or less never changes the penalty by a leap. Below the first band is the deadband, which
 * costs nothing. No band at all is a product without a penalty.
 */
export type PenaltyRule = readonly PenaltyBand[]

const MOST_BANDS = 8
const MOST_PERMILLE = 10_000
const HIGHEST_PENALTY = 100_000_000n

/** Throws `penalty-rule-invalid` unless bands ascend, and what is missing more is not cheaper. */
export function requirePenaltyRule(rule: PenaltyRule): PenaltyRule {
  if (rule.length > MOST_BANDS) throw invalid(`${rule.length} bands are more than ${MOST_BANDS}`)
  let last: PenaltyBand | null = null
  for (const band of rule) {
    const { abovePermille, price } = band
    if (!Number.isInteger(abovePermille) || abovePermille < 0 || abovePermille > MOST_PERMILLE) {
      throw invalid(`a band starts above ${abovePermille} thousandths: give a whole number from 0 to ${MOST_PERMILLE}`)
    }
    if (price < 0n || price > HIGHEST_PENALTY) {
      throw invalid(`a penalty of ${price} micro-euro per kWh is outside 0 to ${HIGHEST_PENALTY}`)
    }
    if (last !== null && abovePermille <= last.abovePermille) throw invalid('bands do not ascend')
    if (last !== null && price < last.price) throw invalid('what is missing more would be cheaper')
    last = band
  }
  return rule
}

/** The energy up to which a deficiency costs nothing; null where none ever costs anything. Rounded up to the Wh. */
export function deadbandOf(rule: PenaltyRule, ordered: EnergyWh): bigint | null {
  return rule[0] === undefined ? null : startOfBand(rule[0], ordered)
}

/**
 * What the one who did not deliver pays, in micro-euro. Bands start at a whole Wh, rounded up, and the sum of all bands is
 * rounded down: both favour who pays.
 */
export function penaltyOf(rule: PenaltyRule, ordered: EnergyWh, deficiency: EnergyWh): Money {
  const exact = rule.reduce((sum, band, index) => {
    const next = rule[index + 1]
    const from = startOfBand(band, ordered)
    const end = next === undefined ? deficiency : startOfBand(next, ordered)
    const until = end < deficiency ? end : deficiency
    return until > from ? sum + (until - from) * band.price : sum
  }, 0n)
  return money(exact / 1_000n)
}

function startOfBand({ abovePermille }: PenaltyBand, ordered: EnergyWh): bigint {
  return (ordered * BigInt(abovePermille) + 999n) / 1_000n
}

function invalid(message: string): DomainError {
  return new DomainError('penalty-rule-invalid', message)
}
