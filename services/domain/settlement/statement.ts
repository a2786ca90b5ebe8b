import { DomainError } from '../errors.ts'
import {
  energyWh,
  floorDivide,
  money,
  signedWh,
  type DeliveryPeriod,
  type EnergyWh,
  type Money,
  type Price,
} from '../units.ts'
import { imbalanceCostOf, imbalanceOf, imbalancePaymentOf } from './imbalance.ts'
import type { Tariff } from './tariff.ts'

/** What a member's order got: bought for a bid, sold for an offer. */
export type FilledOrder = { readonly memberId: number; readonly side: 'bid' | 'offer'; readonly filled: EnergyWh }

/** Energy that passed a member's meter in one delivery period. */
export type MeteredEnergy = { readonly memberId: number; readonly import: EnergyWh; readonly export: EnergyWh }

/** What one member traded, metered and owes for one delivery period; positive lines are paid by the member. */
export type Statement = {
  readonly memberId: number
  readonly bought: EnergyWh
  readonly sold: EnergyWh
  /** Null where the meter's energy of the period is not known. */
  readonly metered: { readonly import: EnergyWh; readonly export: EnergyWh } | null
  readonly market: Money
  readonly imbalance: Money
  readonly gridTariff: Money
  /** What the same energy would have cost without the market; null where there is no reading. */
  readonly tariffOnly: Money | null
}

/** All that decides the payments of one area and period. */
export type PeriodFacts = {
  readonly period: DeliveryPeriod
  readonly fills: readonly FilledOrder[]
  /** Null where nothing was traded. */
  readonly price: Price | null
  readonly readings: readonly MeteredEnergy[]
  readonly tariff: Tariff
  /** Member ids of the counterparties: the supplier of the imbalance, the DSO of the grid tariff. */
  readonly supplier: number
  readonly dso: number
}

type Traded = { bought: bigint; sold: bigint; market: bigint }

/**
 * One statement for everyone with a fill or a reading, and for supplier and DSO, ascending by member.
 * All lines together sum to zero. Without a reading there is a market line only.
 */
export function statementsOf(facts: PeriodFacts): Statement[] {
  const { tariff, supplier, dso } = facts
  const traded = tradedOf(facts.fills, facts.price)
  const metered = new Map(facts.readings.map((reading) => [reading.memberId, reading]))
  if (metered.size !== facts.readings.length) {
    throw new DomainError('reading-twice', `a member has two readings of period ${facts.period}`)
  }

  const members = [...new Set([...traded.keys(), ...metered.keys()])]
  const statements = new Map(
    members.map((memberId) => [memberId, statementOf(memberId, traded.get(memberId), metered.get(memberId), tariff)]),
  )
  const imbalances = sum([...statements.values()].map((statement) => statement.imbalance))
  const gridTariffs = sum([...statements.values()].map((statement) => statement.gridTariff))

  const supplied = statements.get(supplier) ?? statementOf(supplier, undefined, undefined, tariff)
  statements.set(supplier, { ...supplied, imbalance: money(supplied.imbalance - imbalances) })
  const transported = statements.get(dso) ?? statementOf(dso, undefined, undefined, tariff)
  statements.set(dso, { ...transported, gridTariff: money(transported.gridTariff - gridTariffs) })

  return [...statements.values()].sort((one, other) => one.memberId - other.memberId)
}

function statementOf(
  memberId: number,
  traded: Traded = { bought: 0n, sold: 0n, market: 0n },
  reading: MeteredEnergy | undefined,
  tariff: Tariff,
): Statement {
  const market = {
    memberId,
    bought: energyWh(traded.bought),
    sold: energyWh(traded.sold),
    market: money(traded.market),
  }
  if (!reading) return { ...market, metered: null, imbalance: money(0n), gridTariff: money(0n), tariffOnly: null }

  const net = signedWh(reading.import - reading.export)
  const imbalance = imbalanceOf(net, signedWh(traded.bought - traded.sold))
  // What a member bought of itself came from no neighbour.
  const boughtOfOthers = traded.bought > traded.sold ? traded.bought - traded.sold : 0n
  const local = boughtOfOthers < reading.import ? boughtOfOthers : reading.import
  const withoutMarket = imbalanceCostOf(imbalanceOf(net, signedWh(0n)), tariff) + reading.import * tariff.grid
  return {
    ...market,
    metered: { import: reading.import, export: reading.export },
    imbalance: imbalancePaymentOf(imbalance, tariff),
    gridTariff: money(floorDivide(local * tariff.gridLocal + (reading.import - local) * tariff.grid, 1_000n)),
    // Rounded up, once: the market's three lines never exceed their exact sum by a whole micro-euro, so that a member
    // whose forecast was perfect never pays more than this.
    tariffOnly: money(-floorDivide(-withoutMarket, 1_000n)),
  }
}

/** Market lines by cumulative rounding, buyers and sellers apart: both sides sum to the floor of volume * price. */
function tradedOf(fills: readonly FilledOrder[], price: Price | null): Map<number, Traded> {
  const traded = new Map<number, Traded>()
  const cumulative = { bid: 0n, offer: 0n }
  for (const { memberId, side, filled } of [...fills].sort((one, other) => one.memberId - other.memberId)) {
    if (filled === 0n) continue
    if (price === null) throw new Error(`member ${memberId} has a fill of a session without a price`)
    const before = floorDivide(cumulative[side] * price, 1_000n)
    cumulative[side] += filled
    const amount = floorDivide(cumulative[side] * price, 1_000n) - before
    const member = traded.get(memberId) ?? { bought: 0n, sold: 0n, market: 0n }
    traded.set(
      memberId,
      side === 'bid'
        ? { ...member, bought: member.bought + filled, market: member.market + amount }
        : { ...member, sold: member.sold + filled, market: member.market - amount },
    )
  }
  if (cumulative.bid !== cumulative.offer) {
    throw new DomainError('fills-not-balanced', `${cumulative.bid} Wh were bought but ${cumulative.offer} Wh sold`, {
      boughtWh: cumulative.bid,
      soldWh: cumulative.offer,
    })
  }
  return traded
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
