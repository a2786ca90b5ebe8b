import { energyWh, priceAtOrAbove, priceAtOrBelow, type EnergyWh, type Price, type SignedWh } from '../units.ts'
import type { Tariff } from '../settlement/tariff.ts'

export type OrderDraft = { readonly side: 'bid' | 'offer'; readonly quantity: EnergyWh; readonly limitPrice: Price }

/**
 * What a household asks for that says what it expects and what its alternative is worth: a surplus is offered from the
 * feed-in tariff upwards, a deficit bid for up to the retail tariff. Null where nothing is expected to flow.
 */
export function truthfulOrderOf(expectedNet: SignedWh, tariff: Pick<Tariff, 'retail' | 'feedIn'>): OrderDraft | null {
  if (expectedNet > 0n) {
    return { side: 'bid', quantity: energyWh(expectedNet), limitPrice: priceAtOrBelow(tariff.retail) }
  }
  if (expectedNet < 0n) {
    return { side: 'offer', quantity: energyWh(-expectedNet), limitPrice: priceAtOrAbove(tariff.feedIn) }
  }
  return null
}
