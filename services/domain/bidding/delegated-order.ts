import { exposureOf, type ExposureRates } from '../market/exposure.ts'
import type { Delegation } from '../market/trading-key.ts'
import { energyWh, type Money } from '../units.ts'
import type { OrderDraft } from './truthful-order.ts'

type Limits = Pick<Delegation, 'mayBid' | 'mayOffer' | 'quantityLimit' | 'lowestPrice' | 'highestPrice'>

/** The order as far as it is within the limits; null where no such order would be. */
export function delegatedOrderOf(draft: OrderDraft, limits: Limits): OrderDraft | null {
  const { side } = draft
  if (side === 'bid' ? !limits.mayBid : !limits.mayOffer) return null
  const quantity = energyWh(draft.quantity < limits.quantityLimit ? draft.quantity : limits.quantityLimit)
  const { lowestPrice, highestPrice } = limits
  if (side === 'bid') {
    if (draft.limitPrice < lowestPrice) return null
    return { side, quantity, limitPrice: draft.limitPrice < highestPrice ? draft.limitPrice : highestPrice }
  }
  if (draft.limitPrice > highestPrice) return null
  return { side, quantity, limitPrice: draft.limitPrice > lowestPrice ? draft.limitPrice : lowestPrice }
}

/** The order, smaller where it would put more at risk than the allowance; null where that covers nothing. */
export function affordableOrderOf(draft: OrderDraft, allowance: Money, rates: ExposureRates): OrderDraft | null {
  const exposure = exposureOf(draft, rates)
  if (exposure <= allowance) return draft
  // Exposure is rounded up: of what is left of it by this share none is more than the allowance.
  const quantity = (draft.quantity * allowance) / exposure
  return quantity === 0n ? null : { ...draft, quantity: energyWh(quantity) }
}
