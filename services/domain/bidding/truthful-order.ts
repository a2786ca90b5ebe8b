import {
  energyWh,
  HIGHEST_PRICE,
  LOWEST_PRICE,
  priceAtOrAbove,
  priceAtOrBelow,
  rate,
  type EnergyWh,
  type Price,
  type SignedWh,
} from '../units.ts'
import type { Tariff } from '../settlement/tariff.ts'

export type OrderDraft = { readonly side: 'bid' | 'offer'; readonly quantity: EnergyWh; readonly limitPrice: Price }

/**
 * What a household asks for that says what it expects and what its alternative is worth: a surplus is offered from the
 * feed-in tariff upwards, a deficit bid for up to the retail tariff less the platform fee, which is paid on top of the
 * price. What the local grid rate saves is the buyer's gain. Null where nothing is expected to flow, and where every
 * price that an order can name is worse than the tariff.
 */
export function truthfulOrderOf(
  expectedNet: SignedWh,
  tariff: Pick<Tariff, 'retail' | 'feedIn' | 'platformFee'>,
): OrderDraft | null {
  if (expectedNet > 0n) {
    const worth = rate(tariff.retail - tariff.platformFee)
    if (worth < LOWEST_PRICE) return null
    return { side: 'bid', quantity: energyWh(expectedNet), limitPrice: priceAtOrBelow(worth) }
  }
  if (expectedNet < 0n) {
    if (tariff.feedIn > HIGHEST_PRICE) return null
    return { side: 'offer', quantity: energyWh(-expectedNet), limitPrice: priceAtOrAbove(tariff.feedIn) }
  }
  return null
}
