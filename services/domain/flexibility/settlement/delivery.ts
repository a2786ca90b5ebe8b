import type { ReadingQuality } from '../../metering/period-energy.ts'
import { energyWh, signedWh, type EnergyWh, type SignedWh } from '../../units.ts'
import { clampedEnergy, responseOf, type FlexDirection } from '../flex-direction.ts'

/** What was delivered of an order in one period, and what was missing. */
export type Delivery = {
  readonly delivered: EnergyWh
  /** It may exceed what was ordered, where consumption went the wrong way. */
  readonly deficiency: EnergyWh
}

/**
 * How far an asset, in one period, moved from its baseline. Nobody can hold back a reading to its own advantage: what was
 * not metered counts as the baseline, so nothing was delivered, and an estimate only counts where it is worse than that.
 */
export type AssetResponse = {
  /** Null where the product's method gives none; such an asset delivers nothing. */
  readonly baseline: SignedWh | null
  /** Null where there is no reading at all. */
  readonly reading: { readonly flow: SignedWh; readonly quality: ReadingQuality } | null
}

/**
 * Delivered is clamp(response, 0, ordered), deficiency is max(0, ordered - response), as USEF settles (Flex Trading Protocol,
 * settle phase). One-sided: more than ordered is neither paid nor punished. Where nothing is ordered nothing is missing.
 */
export function deliveryOf(ordered: EnergyWh, response: bigint): Delivery {
  if (ordered === 0n) return { delivered: energyWh(0n), deficiency: energyWh(0n) }
  const missing = ordered - response
  return { delivered: clampedEnergy(response, ordered), deficiency: energyWh(missing > 0n ? missing : 0n) }
}

/** By how many Wh the asset moved in the direction; negative where it moved the other way. */
export function assetResponseOf(direction: FlexDirection, { baseline, reading }: AssetResponse): bigint {
  if (baseline === null || reading === null) return 0n
  const response = responseOf(direction, baseline, reading.flow)
  return reading.quality === 'estimated' && response > 0n ? 0n : response
}

/** The assets of an order moved together: what one does too little, another may make good. */
export function portfolioResponseOf(direction: FlexDirection, assets: readonly AssetResponse[]): bigint {
  return assets.reduce((sum, asset) => sum + assetResponseOf(direction, asset), 0n)
}

/**
 * Whose the delivered energy is: shared among the assets that moved in the direction, in proportion to how far, by
 * cumulative rounding in the sequence given, so that the parts sum to the whole. An asset that moved the other way has 0.
 * Throws a RangeError where more is to be shared than the assets moved.
 */
export function deliveredByAsset(delivered: EnergyWh, responses: readonly bigint[]): EnergyWh[] {
  const along = responses.map((response) => (response > 0n ? response : 0n))
  const total = along.reduce((sum, response) => sum + response, 0n)
  if (delivered > total) throw new RangeError(`${delivered} Wh were delivered by assets that moved ${total} Wh`)
  let [moved, shared] = [0n, 0n]
  return along.map((response) => {
    moved += response
    const upTo = total === 0n ? 0n : (delivered * moved) / total
    const own = upTo - shared
    shared = upTo
    return energyWh(own)
  })
}

/** What would have flowed if the energy had not been delivered. */
export function flowWithoutDelivery(direction: FlexDirection, flow: SignedWh, delivered: EnergyWh): SignedWh {
  return signedWh(direction === 'consume-less' ? flow + delivered : flow - delivered)
}
