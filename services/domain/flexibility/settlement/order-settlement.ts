import { DomainError } from '../../errors.ts'
import { energyWh, money, type DeliveryPeriod, type EnergyWh, type Money } from '../../units.ts'
import { roundedTogether } from './cumulative-rounding.ts'
import { deliveryOf, type Delivery } from './delivery.ts'
import { penaltyOf, type PenaltyRule } from './penalty-rule.ts'

/** What of a flex order decides its settlement. */
export type OrderedFlexibility = {
  /** What all of the ordered energy costs, in micro-euro, never negative. */
  readonly price: Money
  readonly penalty: PenaltyRule
  /** Ascending. */
  readonly periods: readonly { readonly period: DeliveryPeriod; readonly ordered: EnergyWh }[]
}

/** Settlement of a flex order in one period. All amounts are micro-euro and, but for the two net ones, never negative. */
export type PeriodSettlement = Delivery & {
  readonly period: DeliveryPeriod
  readonly ordered: EnergyWh
  /** The part of the order's price that is for this period, earned by full delivery. */
  readonly price: Money
  /** What the DSO owes for what was delivered: the price in proportion, rounded down. */
  readonly payment: Money
  /** What the aggregator owes for what was missing. */
  readonly penalty: Money
  /** Payment minus penalty, which is settled; the aggregator receives where it is positive. */
  readonly netSettlement: Money
  /** `NetSettlement = Price - Penalty` as UFTP's message has it: the full price, whatever was delivered. It is shown only. */
  readonly fullPriceSettlement: Money
}

/**
 * The order's price by period, in proportion to the ordered energy, by cumulative rounding: the parts sum to the price.
 * Throws `flex-order-empty` where no energy is ordered.
 */
export function periodPricesOf(price: Money, ordered: readonly EnergyWh[]): Money[] {
  const total = ordered.reduce((sum, energy) => sum + energy, 0n)
  if (total === 0n) throw new DomainError('flex-order-empty', 'a flex order is for at least 1 Wh')
  return roundedTogether(
    ordered.map((energy) => price * energy),
    total,
  )
}

/**
 * The order's periods settled, each from the Wh by which the portfolio moved in the ordered direction (see
 * `portfolioResponseOf`), given in the order of the periods. A period depends on its own readings alone.
 */
export function settleOrder(order: OrderedFlexibility, responses: readonly bigint[]): PeriodSettlement[] {
  const prices = periodPricesOf(
    order.price,
    order.periods.map(({ ordered }) => ordered),
  )
  return order.periods.map(({ period, ordered }, index) => {
    const price = prices[index]!
    const delivery = deliveryOf(ordered, responses[index]!)
    const payment = money(ordered === 0n ? 0n : (price * delivery.delivered) / ordered)
    const penalty = penaltyOf(order.penalty, ordered, delivery.deficiency)
    return {
      ...{ period, ordered, ...delivery, price, payment, penalty },
      netSettlement: money(payment - penalty),
      fullPriceSettlement: money(price - penalty),
    }
  })
}

/** What a settled order comes to. */
export type SettlementTotal = Omit<PeriodSettlement, 'period'>

export function settlementTotalOf(periods: readonly PeriodSettlement[]): SettlementTotal {
  const sum = (of: (period: PeriodSettlement) => bigint) => periods.reduce((total, period) => total + of(period), 0n)
  return {
    ordered: energyWh(sum(({ ordered }) => ordered)),
    delivered: energyWh(sum(({ delivered }) => delivered)),
    deficiency: energyWh(sum(({ deficiency }) => deficiency)),
    price: money(sum(({ price }) => price)),
    payment: money(sum(({ payment }) => payment)),
    penalty: money(sum(({ penalty }) => penalty)),
    netSettlement: money(sum(({ netSettlement }) => netSettlement)),
    fullPriceSettlement: money(sum(({ fullPriceSettlement }) => fullPriceSettlement)),
  }
}
