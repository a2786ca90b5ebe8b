import { energyWh } from '../units.ts'
import type { Delegation } from '../market/trading-key.ts'
import type { OrderDraft } from './truthful-order.ts'

/** The order as far as it is within the delegation; null where no such order would be. */
export function delegatedOrderOf(draft: OrderDraft, delegation: Delegation): OrderDraft | null {
  const { side } = draft
  if (side === 'bid' ? !delegation.mayBid : !delegation.mayOffer) return null
  const quantity = energyWh(draft.quantity < delegation.quantityLimit ? draft.quantity : delegation.quantityLimit)
  const { lowestPrice, highestPrice } = delegation
  if (side === 'bid') {
    if (draft.limitPrice < lowestPrice) return null
    return { side, quantity, limitPrice: draft.limitPrice < highestPrice ? draft.limitPrice : highestPrice }
  }
  if (draft.limitPrice > highestPrice) return null
  return { side, quantity, limitPrice: draft.limitPrice > lowestPrice ? draft.limitPrice : lowestPrice }
}
