import { imbalanceCostOf, imbalanceOf } from '../../settlement/imbalance.ts'
import type { Tariff } from '../../settlement/tariff.ts'
import { floorDivide, money, type EnergyWh, type Money, type SignedWh } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'
import { flowWithoutDelivery } from './delivery.ts'

/** What a member delivered as flexibility in a period, beside what it traded and what its meter counted. */
export type MemberDelivery = {
  readonly direction: FlexDirection
  readonly delivered: EnergyWh
  readonly metered: SignedWh
  /** Bought less sold. */
  readonly traded: SignedWh
}

/** The supplier's prices of a shortage and of a surplus, in micro-euro per kWh. */
export type EnergyRates = Pick<Tariff, 'retail' | 'feedIn'>

/**
 * What corrects a member's imbalance, in micro-euro, beside the imbalance of its statement: never positive but for nothing
 * delivered, since the better of the two rates holds for delivered energy. The member's imbalance is settled as if nothing
 * had been delivered; for the energy that it then did not take it is paid the retail price, and for the energy that it took
 * more it pays the feed-in price, whatever it had traded. Rounded down, so in the member's favour. Its supplier pays it.
 */
export function imbalanceCorrectionOf(member: MemberDelivery, tariff: Tariff): Money {
  const { direction, delivered, metered, traded } = member
  const without = flowWithoutDelivery(direction, metered, delivered)
  const settled = imbalanceCostOf(imbalanceOf(metered, traded), tariff)
  const corrected = imbalanceCostOf(imbalanceOf(without, traded), tariff)
  const energy = direction === 'consume-less' ? -(delivered * tariff.retail) : delivered * tariff.feedIn
  return money(floorDivide(corrected + energy - settled, 1_000n))
}

/**
 * What the aggregator pays the supplier for the energy that its members delivered, in micro-euro: retail less feed-in for
 * each kWh, rounded down. With the correction, the supplier then has what it would have without the activation, less the
 * feed-in price of the energy that it has left (or plus the retail price of what it supplied more): it bears no cost of the
 * activation, and gains nothing from it. This is the central settlement model of USEF (Workstream on aggregator
 * implementation models, 2017), and a compensation that is strictly limited to the cost caused (Directive (EU) 2019/944,
 * article 17(4)).
 */
export function supplierCompensationOf(delivered: EnergyWh, { retail, feedIn }: EnergyRates): Money {
  return money(floorDivide(delivered * (retail - feedIn), 1_000n))
}
