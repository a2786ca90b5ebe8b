import { DomainError } from '../errors.ts'
import type { ReadingQuality } from '../metering/period-energy.ts'
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
export type MeteredEnergy = {
  readonly memberId: number
  readonly quality: ReadingQuality
  readonly import: EnergyWh
  readonly export: EnergyWh
}

/** What a member pays for one delivery period, in micro-euro; what it receives is negative. */
export type StatementLines = {
  /** Energy traded in the market, at the clearing price. */
  readonly energy: Money
  /** What strayed from the trade, settled with the supplier. */
  readonly imbalance: Money
  readonly gridTariff: Money
  readonly levies: Money
  readonly platformFee: Money
}

/** What one member traded, metered and owes for one delivery period. */
export type Statement = StatementLines & {
  readonly memberId: number
  readonly bought: EnergyWh
  readonly sold: EnergyWh
  /** Version of the period's committed readings on which the lines are drawn. */
  readonly readingVersion: number
  readonly quality: ReadingQuality | 'none'
  /** Null where the ledger has no reading of the member, whose lines are then those of a meter that counted nothing. */
  readonly metered: { readonly import: EnergyWh; readonly export: EnergyWh } | null
  /** What the same energy would have cost without the market, levies included; null where there is no reading. */
  readonly tariffOnly: Money | null
}

/** Who receives what households pay beside their trades: member ids of an area. */
export type Counterparties = {
  /** Of the imbalance. */
  readonly supplier: number
  /** Of the grid tariff. */
  readonly dso: number
  /** Of the levies. */
  readonly taxAuthority: number
  /** Of the platform fee. */
  readonly platformOperator: number
}

/** All that decides the payments of one area and period. */
export type PeriodFacts = Counterparties & {
  readonly period: DeliveryPeriod
  /** In the ledger's sequence, in which the rounding of their money is shared out. */
  readonly fills: readonly FilledOrder[]
  /** Null where nothing was traded. */
  readonly price: Price | null
  readonly readingVersion: number
  readonly readings: readonly MeteredEnergy[]
  readonly tariff: Tariff
}

type Traded = { bought: bigint; sold: bigint; energy: bigint }

const LINES = ['energy', 'imbalance', 'gridTariff', 'levies', 'platformFee'] as const
const NOTHING_TRADED: Traded = { bought: 0n, sold: 0n, energy: 0n }

/** The lines in the order of their bytes in a leaf. */
export function linesOf(lines: StatementLines): Money[] {
  return LINES.map((line) => lines[line])
}

/**
 * One statement for everyone with a fill or a reading, and for the four counterparties, ascending by member.
 * Every kind of line sums to zero. A member without a reading counts as one that imported and exported nothing, so that
 * what was sold without a meter is bought at retail, and what was bought goes back at feed-in.
 * Throws `reading-twice` and `fills-not-balanced`.
 */
export function statementsOf(facts: PeriodFacts): Statement[] {
  const traded = tradedOf(facts.fills, facts.price)
  const metered = new Map(facts.readings.map((reading) => [reading.memberId, reading]))
  if (metered.size !== facts.readings.length) {
    throw new DomainError('reading-twice', `a member has two readings of period ${facts.period}`)
  }
  const members = [...new Set([...traded.keys(), ...metered.keys()])]
  const charged = members.map((memberId) =>
    statementOf(memberId, facts, traded.get(memberId) ?? NOTHING_TRADED, metered.get(memberId)),
  )
  const statements = new Map(charged.map((statement) => [statement.memberId, statement]))
  const payOut = (line: keyof StatementLines, memberId: number): void => {
    const receiver = statements.get(memberId) ?? emptyStatementOf(memberId, facts.readingVersion)
    const received = charged.reduce((sum, statement) => sum + statement[line], 0n)
    statements.set(memberId, { ...receiver, [line]: money(receiver[line] - received) })
  }
  payOut('imbalance', facts.supplier)
  payOut('gridTariff', facts.dso)
  payOut('levies', facts.taxAuthority)
  payOut('platformFee', facts.platformOperator)
  return [...statements.values()].sort((one, other) => one.memberId - other.memberId)
}

/** The statement of a member for whom nothing was traded and nothing is known to have flowed. */
export function emptyStatementOf(memberId: number, readingVersion: number): Statement {
  return {
    memberId,
    bought: energyWh(0n),
    sold: energyWh(0n),
    readingVersion,
    quality: 'none',
    metered: null,
    energy: money(0n),
    imbalance: money(0n),
    gridTariff: money(0n),
    levies: money(0n),
    platformFee: money(0n),
    tariffOnly: null,
  }
}

function statementOf(
  memberId: number,
  { tariff, readingVersion }: PeriodFacts,
  traded: Traded,
  reading: MeteredEnergy | undefined,
): Statement {
  const energy = { import: reading?.import ?? energyWh(0n), export: reading?.export ?? energyWh(0n) }
  const net = signedWh(energy.import - energy.export)
  // What a member bought of itself came from no neighbour.
  const boughtOfOthers = traded.bought > traded.sold ? traded.bought - traded.sold : 0n
  const local = boughtOfOthers < energy.import ? boughtOfOthers : energy.import
  return {
    memberId,
    bought: energyWh(traded.bought),
    sold: energyWh(traded.sold),
    readingVersion,
    quality: reading?.quality ?? 'none',
    metered: reading ? energy : null,
    energy: money(traded.energy),
    imbalance: imbalancePaymentOf(imbalanceOf(net, signedWh(traded.bought - traded.sold)), tariff),
    gridTariff: chargeOf(local * tariff.gridLocal + (energy.import - local) * tariff.grid),
    levies: chargeOf(energy.import * tariff.levy),
    platformFee: chargeOf(traded.bought * tariff.platformFee),
    tariffOnly: reading ? tariffOnlyOf(reading, tariff) : null,
  }
}

/**
 * What the energy would have cost without the market. Rounded up, once: the market's lines never exceed their exact sum by
 * a whole micro-euro, so that a member whose forecast was perfect never pays more than this.
 */
function tariffOnlyOf(reading: MeteredEnergy, tariff: Tariff): Money {
  const net = signedWh(reading.import - reading.export)
  const exact = imbalanceCostOf(imbalanceOf(net, signedWh(0n)), tariff) + reading.import * (tariff.grid + tariff.levy)
  return money(-floorDivide(-exact, 1_000n))
}

/** Thousandths of a micro-euro as a charge: rounded down, so in the member's favour. */
function chargeOf(exact: bigint): Money {
  return money(floorDivide(exact, 1_000n))
}

/**
 * Energy lines by cumulative rounding, buyers and sellers apart, in the ledger's sequence: both sides sum to the floor of
 * volume * price.
 */
function tradedOf(fills: readonly FilledOrder[], price: Price | null): Map<number, Traded> {
  const traded = new Map<number, Traded>()
  const cumulative = { bid: 0n, offer: 0n }
  for (const { memberId, side, filled } of fills) {
    if (filled === 0n) continue
    if (price === null) throw new Error(`member ${memberId} has a fill of a session without a price`)
    const before = floorDivide(cumulative[side] * price, 1_000n)
    cumulative[side] += filled
    const amount = floorDivide(cumulative[side] * price, 1_000n) - before
    const member = traded.get(memberId) ?? NOTHING_TRADED
    traded.set(
      memberId,
      side === 'bid'
        ? { ...member, bought: member.bought + filled, energy: member.energy + amount }
        : { ...member, sold: member.sold + filled, energy: member.energy - amount },
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
