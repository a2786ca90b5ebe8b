import { DomainError } from '../../errors.ts'
import type { Statement } from '../../settlement/statement.ts'
import type { Tariff } from '../../settlement/tariff.ts'
import { energyWh, money, signedWh, type DeliveryPeriod, type EnergyWh, type Money } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'
import type { PeriodSettlement } from './order-settlement.ts'
import { imbalanceCorrectionOf, supplierCompensationOf } from './transfer-of-energy.ts'

/** What a member pays for flexibility in one period, in micro-euro, beside its statement; what it receives is negative. */
export type FlexLines = {
  /** Payment for delivery less penalties, between DSO and aggregator. */
  readonly delivery: Money
  /** Between DSO and aggregator. */
  readonly availability: Money
  /** Between the member that delivered and its supplier. */
  readonly imbalanceCorrection: Money
  /** Between aggregator and supplier. */
  readonly compensation: Money
}

export type FlexStatement = FlexLines & { readonly memberId: number; readonly period: DeliveryPeriod }

/** What one member delivered in the period under one order. */
export type DeliveredEnergy = {
  readonly memberId: number
  readonly aggregator: number
  readonly direction: FlexDirection
  readonly delivered: EnergyWh
}

export type FlexPeriodFacts = {
  readonly period: DeliveryPeriod
  readonly dso: number
  readonly supplier: number
  readonly tariff: Tariff
  readonly orders: readonly { readonly aggregator: number; readonly settlement: PeriodSettlement }[]
  readonly availability: readonly { readonly aggregator: number; readonly payment: Money }[]
  readonly deliveries: readonly DeliveredEnergy[]
  /** Of the period, as the energy market settles it. */
  readonly statements: readonly Statement[]
}

const LINES = ['delivery', 'availability', 'imbalanceCorrection', 'compensation'] as const
const NO_LINES: FlexLines = {
  delivery: money(0n),
  availability: money(0n),
  imbalanceCorrection: money(0n),
  compensation: money(0n),
}

export function flexLinesOf(lines: FlexLines): Money[] {
  return LINES.map((line) => lines[line])
}

/**
 * One flex statement for everyone who pays or receives something for flexibility in the period, ascending by member. Every
 * kind of line sums to zero, since each amount is one's payment and another's receipt. A compensation is rounded once for
 * each aggregator.
 * Throws `flex-delivery-both-ways` where a member would have delivered in both directions, and `flex-delivery-unmetered`
 * where it has no metered reading.
 */
export function flexStatementsOf(facts: FlexPeriodFacts): FlexStatement[] {
  const { period, dso, supplier, tariff } = facts
  const lines = new Map<number, FlexLines>()
  const add = (memberId: number, line: keyof FlexLines, amount: bigint): void => {
    const known = lines.get(memberId) ?? NO_LINES
    lines.set(memberId, { ...known, [line]: money(known[line] + amount) })
  }
  const move = (line: keyof FlexLines, payer: number, receiver: number, amount: Money): void => {
    if (amount === 0n) return
    add(payer, line, amount)
    add(receiver, line, -amount)
  }
  for (const { aggregator, settlement } of facts.orders) move('delivery', dso, aggregator, settlement.netSettlement)
  for (const { aggregator, payment } of facts.availability) move('availability', dso, aggregator, payment)
  for (const delivery of byMember(facts.deliveries)) {
    move('imbalanceCorrection', delivery.memberId, supplier, correctionOf(delivery, facts))
  }
  for (const [aggregator, delivered] of byAggregator(facts.deliveries)) {
    move('compensation', aggregator, supplier, supplierCompensationOf(delivered, tariff))
  }
  return [...lines]
    .map(([memberId, own]) => ({ memberId, period, ...own }))
    .sort((one, other) => one.memberId - other.memberId)
}

type MemberTotal = Pick<DeliveredEnergy, 'memberId' | 'direction' | 'delivered'>

function correctionOf({ memberId, direction, delivered }: MemberTotal, facts: FlexPeriodFacts): Money {
  const statement = facts.statements.find((candidate) => candidate.memberId === memberId)
  if (statement === undefined || statement.metered === null || statement.quality !== 'metered') {
    throw new DomainError(
      'flex-delivery-unmetered',
      `member ${memberId} has no metered reading of period ${facts.period}, and so cannot have delivered`,
      { memberId, period: facts.period },
    )
  }
  const metered = signedWh(statement.metered.import - statement.metered.export)
  const traded = signedWh(statement.bought - statement.sold)
  return imbalanceCorrectionOf({ direction, delivered, metered, traded }, facts.tariff)
}

/** A member may have delivered under several orders of several aggregators, but in one direction. */
function byMember(deliveries: readonly DeliveredEnergy[]): MemberTotal[] {
  const totals = new Map<number, MemberTotal>()
  for (const { memberId, direction, delivered } of deliveries) {
    const known = totals.get(memberId)
    if (delivered === 0n) continue
    if (known !== undefined && known.direction !== direction) {
      throw new DomainError(
        'flex-delivery-both-ways',
        `member ${memberId} cannot consume less and more in one period`,
        {
          memberId,
        },
      )
    }
    totals.set(memberId, { memberId, direction, delivered: energyWh((known?.delivered ?? 0n) + delivered) })
  }
  return [...totals.values()]
}

function byAggregator(deliveries: readonly DeliveredEnergy[]): Map<number, EnergyWh> {
  const totals = new Map<number, EnergyWh>()
  for (const { aggregator, delivered } of deliveries) {
    totals.set(aggregator, energyWh((totals.get(aggregator) ?? 0n) + delivered))
  }
  return totals
}
