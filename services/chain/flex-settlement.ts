import type { FlexPower } from '../domain/flexibility/trading/flex-offer.ts'
import { encodePayments, type Payment } from '../domain/settlement/payment.ts'
import {
  deliveryPeriod,
  energyWh,
  money,
  powerW,
  type DeliveryPeriod,
  type EnergyWh,
  type Money,
  type PowerW,
  type TradingDay,
} from '../domain/units.ts'
import { packFlexPowers } from './flex-periods.ts'
import { readContract, type Ledger } from './ledger.ts'
import { packRecords, unpackRecords, type RecordLayout } from './packed-records.ts'
import type { Call } from './transactions.ts'

/** What the assets of an order did in a period: sums and root of the tree over them. */
export type CommittedDelivery = {
  readonly orderId: number
  readonly period: DeliveryPeriod
  /** Wh by which assets moved in the product's direction, and by which others moved the other way. */
  readonly moved: EnergyWh
  readonly opposed: EnergyWh
  readonly assetCount: number
  /** 32 bytes as 0x-hex. */
  readonly assetsRoot: string
}

export type CommittedAvailability = {
  readonly reservationId: number
  readonly period: DeliveryPeriod
  readonly available: PowerW
}

export type FlexRunKey = { readonly area: number; readonly day: TradingDay }

/** All that a day's settlement rests on. */
export type FlexRunFacts = {
  /** Ascending by order and period. */
  readonly deliveries: readonly CommittedDelivery[]
  /** Ascending by reservation and period. */
  readonly availability: readonly CommittedAvailability[]
  /** The periods of each order that is settled, ascending by order. */
  readonly orders: readonly (readonly FlexPower[])[]
}

/** What is committed of the statements: the root of their tree, how many they are, and what is paid in all (micro-euro). */
export type FlexStatementsRoot = { readonly root: string; readonly count: number; readonly total: Money }

/** A day's flexibility as it was committed. */
export type FlexRun = FlexStatementsRoot & {
  /** Unix seconds. */
  readonly committedAt: number
  /** Unix seconds: drawn on the versions of readings that were the latest then. */
  readonly readingsAt: number
  readonly isPaid: boolean
  /** keccak256 of what was packed. */
  readonly deliveriesHash: string
  readonly availabilityHash: string
  readonly paymentsHash: string
}

const DELIVERIES: RecordLayout<'orderId' | 'period' | 'moved' | 'opposed' | 'assetCount' | 'assetsRoot'> = [
  ['orderId', 4, 'unsigned'],
  ['period', 4, 'unsigned'],
  ['moved', 8, 'unsigned'],
  ['opposed', 8, 'unsigned'],
  ['assetCount', 4, 'unsigned'],
  ['assetsRoot', 32, 'unsigned'],
]
const AVAILABILITY: RecordLayout<'reservationId' | 'period' | 'available'> = [
  ['reservationId', 4, 'unsigned'],
  ['period', 4, 'unsigned'],
  ['available', 4, 'unsigned'],
]

/** 60 bytes each, 0x-hex: order 4, period 4, moved 8, opposed 8, assetCount 4, assetsRoot 32. */
export function packDeliveries(deliveries: readonly CommittedDelivery[]): string {
  return packRecords(
    DELIVERIES,
    deliveries.map(({ orderId, period, moved, opposed, assetCount, assetsRoot }) => ({
      ...{ orderId: BigInt(orderId), period: BigInt(period), moved, opposed },
      ...{ assetCount: BigInt(assetCount), assetsRoot: BigInt(assetsRoot) },
    })),
  )
}

/** Throws `packed-malformed`. */
export function unpackDeliveries(packed: string): CommittedDelivery[] {
  return unpackRecords(DELIVERIES, packed).map(({ orderId, period, moved, opposed, assetCount, assetsRoot }) => ({
    orderId: Number(orderId),
    period: deliveryPeriod(Number(period)),
    moved: energyWh(moved),
    opposed: energyWh(opposed),
    assetCount: Number(assetCount),
    assetsRoot: `0x${assetsRoot.toString(16).padStart(64, '0')}`,
  }))
}

/** 12 bytes each, 0x-hex: reservation 4, period 4, available 4 (W). */
export function packAvailability(availability: readonly CommittedAvailability[]): string {
  return packRecords(
    AVAILABILITY,
    availability.map(({ reservationId, period, available }) => ({
      ...{ reservationId: BigInt(reservationId), period: BigInt(period), available },
    })),
  )
}

/** Throws `packed-malformed`, or `power-out-of-range`. */
export function unpackAvailability(packed: string): CommittedAvailability[] {
  return unpackRecords(AVAILABILITY, packed).map(({ reservationId, period, available }) => ({
    reservationId: Number(reservationId),
    period: deliveryPeriod(Number(period)),
    available: powerW(available),
  }))
}

/** By the area's market operator, once the day's initial energy run is paid. Payments sum to zero, ascending by member. */
export function commitFlexRunCall(
  { area, day }: FlexRunKey,
  statements: FlexStatementsRoot,
  readingsAt: number,
  facts: FlexRunFacts,
  payments: readonly Payment[],
): Call {
  const { root, count, total } = statements
  return {
    contract: 'flexSettlement',
    function: 'commitRun',
    arguments: [area, day, { root, count, total }, readingsAt, factsArgument(facts), encodePayments(payments)],
  }
}

/** By anyone, once the challenge window is over. */
export function payFlexRunCall({ area, day }: FlexRunKey, facts: FlexRunFacts, payments: readonly Payment[]): Call {
  return {
    contract: 'flexSettlement',
    function: 'payRun',
    arguments: [area, day, factsArgument(facts), encodePayments(payments)],
  }
}

/** Frees the pledges of a day that was not settled when every deadline had passed; by anyone. */
export function releaseUnpaidDayCall({ area, day }: FlexRunKey, orderIds: readonly number[]): Call {
  return { contract: 'flexSettlement', function: 'releaseUnpaidDay', arguments: [area, day, orderIds] }
}

/** Null while nothing is committed, and again when it was void. */
export async function readFlexRun(ledger: Ledger, { area, day }: FlexRunKey): Promise<FlexRun | null> {
  const [found] = (await readContract(ledger, 'flexSettlement', 'runOf', area, day)) as unknown as [
    Record<'count' | 'total' | 'committedAt' | 'readingsAt', bigint> &
      Record<'root' | 'deliveriesHash' | 'availabilityHash' | 'paymentsHash', string> & { readonly isPaid: boolean },
  ]
  if (found.committedAt === 0n) return null
  return {
    root: found.root,
    count: Number(found.count),
    total: money(found.total),
    committedAt: Number(found.committedAt),
    readingsAt: Number(found.readingsAt),
    isPaid: found.isPaid,
    deliveriesHash: found.deliveriesHash,
    availabilityHash: found.availabilityHash,
    paymentsHash: found.paymentsHash,
  }
}

/** Thousandths of a reservation that are proved in the period. */
export async function readProvenPermille(
  ledger: Ledger,
  reservationId: number,
  period: DeliveryPeriod,
): Promise<bigint> {
  const [permille] = await readContract(ledger, 'flexSettlement', 'provenPermilleOf', reservationId, period)
  return permille as bigint
}

function factsArgument({ deliveries, availability, orders }: FlexRunFacts): Readonly<Record<string, unknown>> {
  return {
    deliveries: packDeliveries(deliveries),
    availability: packAvailability(availability),
    orders: orders.map(packFlexPowers),
  }
}
