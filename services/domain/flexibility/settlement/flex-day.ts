import type { MerkleSumTree, SumRoot } from '../../metering/merkle-sum-tree.ts'
import type { Payment } from '../../settlement/payment.ts'
import type { Tariff } from '../../settlement/tariff.ts'
import {
  deliveryPeriod,
  energyOver,
  energyWh,
  firstPeriodOf,
  money,
  PERIODS_PER_DAY,
  rate,
  signedWh,
  type DeliveryPeriod,
  type EnergyWh,
  type Money,
  type PowerW,
  type SignedWh,
  type TradingDay,
} from '../../units.ts'
import { powerIn, type FlexDirection } from '../flex-direction.ts'
import { shapleySharesOf } from '../pool/shapley.ts'
import { sharedBy, type PoolSplit } from '../pool/pool-split.ts'
import type { FlexPower } from '../trading/flex-offer.ts'
import { LEVELS, type FlexProduct } from '../trading/product.ts'
import { deliveryOf } from './delivery.ts'
import { flexAssetsOf, movedAndOpposedOf } from './flex-assets.ts'
import {
  assetMovementOf,
  assetTreeOf,
  entryTreeOf,
  flexStatementTreeOf,
  OPPOSED,
  type AssetReading,
  type FlexAsset,
  type FlexDayStatement,
  type FlexDelivery,
  type FlexEntry,
  type SettledAvailability,
} from './flex-leaves.ts'
import { periodPricesOf } from './order-settlement.ts'
import { penaltyOf } from './penalty-rule.ts'
import { imbalanceCorrectionOf, supplierCompensationOf } from './transfer-of-energy.ts'

export type FlexBuyer = 'DSO' | 'TSO'

/** What an order calls in one period of the day. */
export type FlexCallFacts = {
  readonly period: DeliveryPeriod
  /** W in the product's direction, and what other services left of them. */
  readonly ordered: PowerW
  readonly served: PowerW
  /** One for each member that was in the portfolio for the product when the period began, ascending; none of a cancelled order. */
  readonly assets: readonly Omit<AssetReading, 'attributed'>[]
}

/** An order that calls something on the day. */
export type FlexOrderFacts = {
  readonly orderId: number
  readonly buyer: FlexBuyer
  readonly product: Pick<FlexProduct, 'level' | 'direction' | 'penalty'>
  /** Member id of the aggregator, and the terms of its portfolio. */
  readonly aggregator: number
  readonly feePermille: number
  readonly split: 'by-delivery' | 'shapley'
  readonly isCancelled: boolean
  /** Of all of it, and all of its periods, those of other days too. */
  readonly price: Money
  readonly periods: readonly FlexPower[]
  /** Ascending. */
  readonly calls: readonly FlexCallFacts[]
}

export type FlexDayFacts = {
  readonly day: TradingDay
  readonly supplier: number
  readonly dso: number
  /** Null where the area has none. */
  readonly tso: number | null
  /** Ascending. */
  readonly orders: readonly FlexOrderFacts[]
  /** Ascending by reservation and period, with what is paid for each and to whom. */
  readonly availability: readonly (SettledAvailability & {
    readonly aggregator: number
    readonly buyer: FlexBuyer
    readonly payment: Money
  })[]
  readonly tariffOf: (period: DeliveryPeriod) => Tariff
  /** Bought less sold. */
  readonly tradedOf: (memberId: number, period: DeliveryPeriod) => SignedWh
  /** A salt for the leaf that is named so, of the member: 0x-hex, 32 bytes. */
  readonly saltOf: (leaf: string, memberId: number) => string
}

/** What an order comes to in a period, in Wh and micro-euro, none negative. */
export type SettledCall = {
  readonly served: EnergyWh
  readonly delivered: EnergyWh
  readonly deficiency: EnergyWh
  readonly price: Money
  readonly payment: Money
  readonly penalty: Money
}

export type DrawnCall = {
  readonly orderId: number
  readonly period: DeliveryPeriod
  readonly settled: SettledCall
  readonly assets: readonly FlexAsset[]
}

/** One day's settlement of flexibility, as it is committed and shown to those it is about. */
export type FlexDay = {
  /** Ascending by order and period. */
  readonly calls: readonly DrawnCall[]
  readonly deliveries: readonly FlexDelivery[]
  /** Ascending by member, each with one entry for each of the day's 96 periods. */
  readonly statements: readonly (FlexDayStatement & { readonly entries: readonly FlexEntry[] })[]
  readonly root: SumRoot
  /** Ascending by member, none of them zero; they sum to zero. */
  readonly payments: readonly Payment[]
  /** What is paid by all together, buyers too. */
  readonly total: Money
}

/** What of an order is whose. */
type SplitCall = DrawnCall & {
  readonly order: FlexOrderFacts
  readonly split: Pick<PoolSplit, 'fee' | 'ownPenalty'>
}

const NO_TREE: MerkleSumTree = { root: { hash: `0x${'00'.repeat(32)}`, a: 0n, b: 0n, count: 0 }, levels: [] }

/**
 * Draws a day's settlement: every call settled from the assets' movements, energy attributed once in the sequence of the
 * orders' precedence, shares of members, corrections of imbalances, compensation of the supplier, and what buyers owe. Throws
 * `pool-fee-invalid`, `seed-invalid` or `flex-order-empty`, and a RangeError where payments would not sum to zero.
 */
export function drawFlexDay(facts: FlexDayFacts): FlexDay {
  const split = splitCalls(facts)
  const calls = split.map(({ orderId, period, settled, assets }) => ({ orderId, period, settled, assets }))
  const deliveries = split.map(({ orderId, period, order, assets }) => ({
    ...{ orderId, period },
    assets: order.isCancelled ? NO_TREE : assetTreeOf(order.product.direction, assets),
  }))
  const statements = statementsOf(facts, split)
  const payments = paymentsOf(facts, statements, buyersDueOf(facts, split))
  const total = money(payments.reduce((sum, { amount }) => (amount > 0n ? sum + amount : sum), 0n))
  return { calls, deliveries, statements, root: flexStatementTreeOf(statements).root, payments, total }
}

function splitCalls({ orders, saltOf }: FlexDayFacts): SplitCall[] {
  const attributions = new Map<string, { readonly direction: FlexDirection; energy: bigint }[]>()
  const inPrecedence = [...orders].sort(precedence)
  const found = inPrecedence.flatMap((order) => {
    const prices = pricesOf(order)
    return order.calls.map((call): SplitCall => {
      const { direction } = order.product
      const readings = call.assets.map((asset): AssetReading => {
        const earlier = attributions.get(`${asset.memberId}:${call.period}`) ?? []
        return { ...asset, attributed: attributedTo(direction, earlier) }
      })
      const settled = settleCall(order, call, prices.get(call.period) ?? money(0n), readings)
      const { assets, split } = splitOf(order, call, settled, readings, (memberId) =>
        saltOf(`asset:${order.orderId}:${call.period}`, memberId),
      )
      for (const { memberId, delivered } of assets) {
        if (delivered === 0n) continue
        const key = `${memberId}:${call.period}`
        attributions.set(key, [...(attributions.get(key) ?? []), { direction, energy: delivered }])
      }
      return { orderId: order.orderId, period: call.period, settled, assets, order, split }
    })
  })
  return found.sort((one, other) => one.orderId - other.orderId || one.period - other.period)
}

/** The narrower level first, then a DSO before a TSO, then the earlier order, as `precedenceOf` has it. */
function precedence(one: FlexOrderFacts, other: FlexOrderFacts): number {
  return (
    LEVELS.indexOf(one.product.level) - LEVELS.indexOf(other.product.level) ||
    Number(one.buyer === 'TSO') - Number(other.buyer === 'TSO') ||
    one.orderId - other.orderId
  )
}

function attributedTo(
  direction: FlexDirection,
  earlier: readonly { readonly direction: FlexDirection; readonly energy: bigint }[],
): bigint {
  if (earlier.some((one) => one.direction !== direction)) return OPPOSED
  return earlier.reduce((sum, { energy }) => sum + energy, 0n)
}

/** The order's price by period, over the energy that was ordered in its direction. */
function pricesOf({ periods, price, product }: FlexOrderFacts): ReadonlyMap<DeliveryPeriod, Money> {
  const energies = periods.map(({ power }) => energyOver(powerIn(product.direction, power)))
  const prices = periodPricesOf(price, energies)
  return new Map(periods.map(({ period }, index) => [period, prices[index]!]))
}

/**
 * What a call comes to: what is owed of a displaced one costs as much in proportion, rounded down, and a cancelled one is paid
 * whole and not fined.
 */
function settleCall(
  { isCancelled, product }: FlexOrderFacts,
  call: FlexCallFacts,
  price: Money,
  readings: readonly AssetReading[],
): SettledCall {
  const [ordered, served] = [energyOver(call.ordered), energyOver(call.served)]
  const nothing = { delivered: energyWh(0n), deficiency: energyWh(0n), penalty: money(0n) }
  if (isCancelled) return { ...nothing, served, price, payment: price }
  if (served === 0n) return { ...nothing, served, price: money(0n), payment: money(0n) }
  const { moved, opposed } = movedAndOpposedOf(product.direction, readings)
  const { delivered, deficiency } = deliveryOf(served, moved - opposed)
  const owed = money(served === ordered ? price : (price * served) / ordered)
  return {
    ...{ served, delivered, deficiency, price: owed },
    payment: money((owed * delivered) / served),
    penalty: penaltyOf(product.penalty, served, deficiency),
  }
}

function splitOf(
  order: FlexOrderFacts,
  call: FlexCallFacts,
  settled: SettledCall,
  readings: readonly AssetReading[],
  saltOf: (memberId: number) => string,
): { readonly assets: readonly FlexAsset[]; readonly split: Pick<PoolSplit, 'fee' | 'ownPenalty'> } {
  const { direction } = order.product
  const shared = flexAssetsOf({ direction, feePermille: order.feePermille, settled }, readings, saltOf)
  if (order.split === 'by-delivery' || settled.delivered === 0n) return shared
  const revenues = shapleyRevenuesOf(money(settled.payment - shared.split.fee), settled.served, {
    responses: readings.map((reading) => assetMovementOf(direction, reading).along),
    seed: `0x${((BigInt(order.orderId) << 32n) | BigInt(call.period)).toString(16).padStart(64, '0')}`,
  })
  return { ...shared, assets: shared.assets.map((asset, index) => ({ ...asset, revenue: revenues[index]! })) }
}

/** What is paid, in proportion to the Shapley value of each asset in the energy that was called. */
function shapleyRevenuesOf(
  amount: Money,
  served: EnergyWh,
  { responses, seed }: { readonly responses: readonly bigint[]; readonly seed: string },
): readonly Money[] {
  const worthOf = (response: bigint) => money(1_000n * (response < served ? response : served))
  const { shares } = shapleySharesOf({ responses, worthOf, steepest: rate(1_000_000n), seed })
  return sharedBy(amount, shares).shares
}

type Sums = { delivered: bigint; revenue: bigint; penalty: bigint; correction: bigint }
type DayOfMember = Map<DeliveryPeriod, Sums>

function statementsOf(facts: FlexDayFacts, calls: readonly SplitCall[]): FlexDay['statements'] {
  const members = new Map<number, DayOfMember>()
  const sumsOf = (memberId: number, period: DeliveryPeriod): Sums => {
    const day = members.get(memberId) ?? new Map<DeliveryPeriod, Sums>()
    members.set(memberId, day)
    const sums = day.get(period) ?? { delivered: 0n, revenue: 0n, penalty: 0n, correction: 0n }
    day.set(period, sums)
    return sums
  }
  for (const { period, order, settled, assets, split } of calls) {
    const own = sumsOf(order.aggregator, period)
    own.delivered += settled.delivered
    own.revenue += split.fee
    own.penalty += split.ownPenalty
    for (const { memberId, delivered, revenue, penalty } of assets) {
      const sums = sumsOf(memberId, period)
      sums.delivered += delivered
      sums.revenue += revenue
      sums.penalty += penalty
    }
  }
  for (const { aggregator } of facts.availability) sumsOf(aggregator, firstPeriodOf(facts.day))
  transferEnergy(facts, calls, sumsOf)
  return [...members].sort(([one], [other]) => one - other).map(([memberId, day]) => statementOf(facts, memberId, day))
}

/** Corrects the members' imbalances at the supplier's cost, and has their aggregators compensate it. */
function transferEnergy(
  { supplier, tariffOf, tradedOf }: FlexDayFacts,
  calls: readonly SplitCall[],
  sumsOf: (memberId: number, period: DeliveryPeriod) => Sums,
): void {
  for (const [period, those] of Map.groupBy(calls, (call) => call.period)) {
    const tariff = tariffOf(period)
    const supplied = sumsOf(supplier, period)
    for (const delivery of deliveriesByMember(those)) {
      const traded = tradedOf(delivery.memberId, period)
      const correction = imbalanceCorrectionOf({ ...delivery, traded }, tariff)
      sumsOf(delivery.memberId, period).correction += correction
      supplied.correction -= correction
    }
    for (const [aggregator, delivered] of deliveriesByAggregator(those)) {
      const compensation = supplierCompensationOf(delivered, tariff)
      sumsOf(aggregator, period).penalty += compensation
      supplied.revenue += compensation
    }
  }
}

function deliveriesByMember(calls: readonly SplitCall[]) {
  const totals = new Map<
    number,
    { memberId: number; direction: FlexDirection; delivered: EnergyWh; metered: SignedWh }
  >()
  for (const { order, assets } of calls) {
    for (const { memberId, delivered, realised } of assets) {
      if (delivered === 0n) continue
      const total = energyWh((totals.get(memberId)?.delivered ?? 0n) + delivered)
      totals.set(memberId, {
        memberId,
        direction: order.product.direction,
        delivered: total,
        metered: signedWh(realised),
      })
    }
  }
  return totals.values()
}

function deliveriesByAggregator(calls: readonly SplitCall[]): Map<number, EnergyWh> {
  const totals = new Map<number, EnergyWh>()
  for (const { order, settled } of calls) {
    totals.set(order.aggregator, energyWh((totals.get(order.aggregator) ?? 0n) + settled.delivered))
  }
  return totals
}

function statementOf(
  { day, availability, saltOf }: FlexDayFacts,
  memberId: number,
  periods: DayOfMember,
): FlexDay['statements'][number] {
  const entries = Array.from({ length: PERIODS_PER_DAY }, (_, index): FlexEntry => {
    const period = deliveryPeriod(firstPeriodOf(day) + index)
    const { delivered = 0n, revenue = 0n, penalty = 0n, correction = 0n } = periods.get(period) ?? {}
    return {
      ...{ delivered: energyWh(delivered), revenue: money(revenue), penalty: money(penalty) },
      ...{ correction: money(correction), salt: saltOf(`entry:${period}`, memberId) },
    }
  })
  const { root } = entryTreeOf(entries)
  const available = availability.reduce((sum, one) => (one.aggregator === memberId ? sum + one.payment : sum), 0n)
  return {
    ...{ memberId, day, entriesRoot: root.hash, entries, salt: saltOf('statement', memberId) },
    ...{ charges: money(root.a), credits: money(root.b + available) },
  }
}

function buyersDueOf({ availability }: FlexDayFacts, calls: readonly SplitCall[]): Readonly<Record<FlexBuyer, bigint>> {
  const due = { DSO: 0n, TSO: 0n }
  for (const { order, settled } of calls) due[order.buyer] += settled.payment - settled.penalty
  for (const { buyer, payment } of availability) due[buyer] += payment
  return due
}

function paymentsOf(
  { dso, tso }: FlexDayFacts,
  statements: readonly FlexDayStatement[],
  due: Readonly<Record<FlexBuyer, bigint>>,
): Payment[] {
  if (tso === null && due.TSO !== 0n) throw new RangeError('the area has no TSO that could pay')
  const payments = [
    ...statements.map(({ memberId, charges, credits }) => ({ memberId, amount: money(charges - credits) })),
    { memberId: dso, amount: money(due.DSO) },
    ...(tso === null ? [] : [{ memberId: tso, amount: money(due.TSO) }]),
  ]
  const sum = payments.reduce((total, { amount }) => total + amount, 0n)
  if (sum !== 0n) throw new RangeError(`payments of the day sum to ${sum}, and not to zero`)
  return payments.filter(({ amount }) => amount !== 0n).sort((one, other) => one.memberId - other.memberId)
}
