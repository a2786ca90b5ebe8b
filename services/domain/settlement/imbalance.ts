import { energyWh, floorDivide, money, type EnergyWh, type Money, type SignedWh } from '../units.ts'
import type { Tariff } from './tariff.ts'

export type Imbalance = { readonly direction: 'surplus' | 'shortage' | 'none'; readonly quantity: EnergyWh }

/** How far a member's metered net energy strayed from what it traded, in one delivery period. */
export function imbalanceOf(metered: SignedWh, traded: SignedWh): Imbalance {
  const difference = metered - traded
  if (difference > 0n) return { direction: 'shortage', quantity: energyWh(difference) }
  if (difference < 0n) return { direction: 'surplus', quantity: energyWh(-difference) }
  return { direction: 'none', quantity: energyWh(0n) }
}

/** What the member pays the supplier for its imbalance: rounded down, so in the member's favour. */
export function imbalancePaymentOf(imbalance: Imbalance, tariff: Tariff): Money {
  return money(floorDivide(imbalanceCostOf(imbalance, tariff), 1_000n))
}

/** The imbalance's exact cost to the member, in thousandths of a micro-euro. */
export function imbalanceCostOf({ direction, quantity }: Imbalance, tariff: Tariff): bigint {
  if (direction === 'shortage') return quantity * tariff.retail
  if (direction === 'surplus') return -(quantity * tariff.feedIn)
  return 0n
}
