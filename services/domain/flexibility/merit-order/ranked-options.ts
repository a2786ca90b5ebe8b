import { energyWh, rate, type EnergyWh, type Rate } from '../../units.ts'
import { powerIn } from '../flex-direction.ts'
import type { FlexOption } from '../trading/flex-offer.ts'
import type { FlexRequest } from '../trading/flex-request.ts'
import type { FlexProduct } from '../trading/product.ts'
import { FULL_EFFECT_PPM, type FlexCandidate } from './candidate.ts'

/** An option as it compares with others. */
export type RankedOption = {
  /** Of the offer, or of the contract. */
  readonly id: string
  readonly option: FlexOption
  /** Wh at the congestion point in requested periods, rounded down. */
  readonly effect: EnergyWh
  /** Micro-euro per kWh of effect, rounded up; null where it has none. */
  readonly price: Rate | null
  readonly isWithinCap: boolean
}

/** Periods of a W in a kWh, and in a Wh. */
const WATT_PERIODS_PER_KWH = 4_000n
const WATT_PERIODS_PER_WH = 4n

/**
 * The options as a buyer reads them: the cheapest for its effect first, those without any last, then by id and reference.
 * Which of them are ordered is for `meritOrderOf` to say, since they exclude each other and are ordered in parts.
 */
export function rankedOptions(
  { periods, priceCap }: Pick<FlexRequest, 'periods' | 'priceCap'>,
  { direction }: Pick<FlexProduct, 'direction'>,
  candidates: readonly Pick<FlexCandidate, 'id' | 'effectPpm' | 'options'>[],
): RankedOption[] {
  const requested = new Set(periods.filter((one) => one.disposition === 'requested').map(({ period }) => period))
  const ranked = candidates.flatMap(({ id, effectPpm, options }) =>
    options.map((option): RankedOption => {
      const power = option.periods.reduce(
        (sum, one) => (requested.has(one.period) ? sum + powerIn(direction, one.power) : sum),
        0n,
      )
      const watts = power * BigInt(effectPpm)
      const cost = option.price * WATT_PERIODS_PER_KWH * BigInt(FULL_EFFECT_PPM)
      return {
        ...{ id, option },
        effect: energyWh(watts / (WATT_PERIODS_PER_WH * BigInt(FULL_EFFECT_PPM))),
        price: watts === 0n ? null : rate((cost + watts - 1n) / watts),
        isWithinCap: watts > 0n && cost <= priceCap * watts,
      }
    }),
  )
  return ranked.sort(comparedByPrice)
}

function comparedByPrice(one: RankedOption, other: RankedOption): number {
  if (one.price !== other.price) {
    if (one.price === null) return 1
    if (other.price === null) return -1
    return one.price < other.price ? -1 : 1
  }
  if (one.id !== other.id) return one.id < other.id ? -1 : 1
  return one.option.reference < other.option.reference ? -1 : 1
}
