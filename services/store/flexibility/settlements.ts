import {
  deliveryPeriod,
  energyWh,
  money,
  powerW,
  tradingDay,
  type DeliveryPeriod,
  type EnergyWh,
  type Money,
  type PowerW,
  type TradingDay,
} from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { FlexNomination, FlexRun, FlexSettlement } from '../generated/client.ts'
import { wholeOf } from './written.ts'

/** A day's flexibility of an area, as committed last. */
export type CommittedFlexRun = {
  readonly area: number
  readonly day: TradingDay
  readonly state: 'committed' | 'void' | 'paid'
  readonly root: string
  readonly statementCount: number
  readonly total: Money
  /** Unix seconds, as all times here. */
  readonly readingsAt: number
  readonly committedAt: number
  readonly committedTransaction: string
  readonly paidAt: number | null
  readonly paidTransaction: string | null
}

/** What an order comes to in a period, as committed; energy in Wh, money in micro-euro. */
export type SettledCall = {
  readonly orderId: number
  readonly period: DeliveryPeriod
  /** By which assets moved in the product's direction, and by which others moved the other way. */
  readonly moved: EnergyWh
  readonly opposed: EnergyWh
  readonly assetCount: number
  readonly assetsRoot: string
  readonly served: EnergyWh
  readonly delivered: EnergyWh
  readonly deficiency: EnergyWh
  readonly price: Money
  readonly payment: Money
  readonly penalty: Money
}

/** What of a reservation was available in a period, and what is paid for it. */
export type SettledReserve = {
  readonly reservationId: number
  readonly period: DeliveryPeriod
  readonly day: TradingDay
  readonly available: PowerW
  readonly payment: Money
}

export type KeptNomination = {
  readonly portfolioId: number
  readonly productId: number
  readonly day: TradingDay
  readonly root: string
  readonly count: number
  readonly importTotal: EnergyWh
  readonly exportTotal: EnergyWh
  readonly committedAt: number
}

/** Null where nothing was committed yet. */
export async function findFlexRun(store: Store, area: number, day: TradingDay): Promise<CommittedFlexRun | null> {
  const row = await store.client.flexRun.findUnique({ where: { area_day: { area, day } } })
  return row === null ? null : runOf(row)
}

/** The area's latest days, the newest first. */
export async function listFlexRuns(store: Store, area: number, limit: number): Promise<CommittedFlexRun[]> {
  const rows = await store.client.flexRun.findMany({ where: { area }, orderBy: { day: 'desc' }, take: limit })
  return rows.map(runOf)
}

/** Of all orders of the day, ascending by order and period; none while nothing is committed. */
export async function settlementsOfDay(store: Store, area: number, day: TradingDay): Promise<SettledCall[]> {
  const rows = await store.client.flexSettlement.findMany({
    where: { area, day },
    orderBy: [{ orderId: 'asc' }, { period: 'asc' }],
  })
  return rows.map(settledOf)
}

/** Of the orders, ascending by order and period. */
export async function settlementsOfOrders(store: Store, orderIds: readonly number[]): Promise<SettledCall[]> {
  const rows = await store.client.flexSettlement.findMany({
    where: { orderId: { in: [...orderIds] } },
    orderBy: [{ orderId: 'asc' }, { period: 'asc' }],
  })
  return rows.map(settledOf)
}

/** What of the reservation was available, ascending. */
export async function availabilityOf(store: Store, reservationId: number): Promise<SettledReserve[]> {
  const rows = await store.client.flexAvailability.findMany({ where: { reservationId }, orderBy: { period: 'asc' } })
  return rows.map(({ period, day, availableW, paymentMicroEuro }) => ({
    reservationId,
    period: deliveryPeriod(Number(period)),
    day: tradingDay(day),
    available: powerW(availableW),
    payment: money(wholeOf(paymentMicroEuro)),
  }))
}

/** Every nomination of the day, ascending by portfolio and product. */
export async function listNominations(store: Store, day: TradingDay): Promise<KeptNomination[]> {
  const rows = await store.client.flexNomination.findMany({
    where: { day },
    orderBy: [{ portfolioId: 'asc' }, { productId: 'asc' }],
  })
  return rows.map(nominationOf)
}

function runOf(row: FlexRun): CommittedFlexRun {
  return {
    area: row.area,
    day: tradingDay(row.day),
    state: row.state === 'void' || row.state === 'paid' ? row.state : 'committed',
    root: row.root,
    statementCount: Number(row.statementCount),
    total: money(wholeOf(row.totalMicroEuro)),
    readingsAt: Number(row.readingsAt),
    committedAt: row.committedAt,
    committedTransaction: row.committedTransaction,
    paidAt: row.paidAt,
    paidTransaction: row.paidTransaction,
  }
}

function settledOf(row: FlexSettlement): SettledCall {
  return {
    orderId: row.orderId,
    period: deliveryPeriod(Number(row.period)),
    moved: energyWh(wholeOf(row.movedWh)),
    opposed: energyWh(wholeOf(row.opposedWh)),
    assetCount: Number(row.assetCount),
    assetsRoot: row.assetsRoot,
    served: energyWh(wholeOf(row.servedWh)),
    delivered: energyWh(wholeOf(row.deliveredWh)),
    deficiency: energyWh(wholeOf(row.deficiencyWh)),
    price: money(wholeOf(row.priceMicroEuro)),
    payment: money(wholeOf(row.paymentMicroEuro)),
    penalty: money(wholeOf(row.penaltyMicroEuro)),
  }
}

function nominationOf(row: FlexNomination): KeptNomination {
  return {
    portfolioId: row.portfolioId,
    productId: row.productId,
    day: tradingDay(Number(row.day)),
    root: row.root,
    count: Number(row.count),
    importTotal: energyWh(wholeOf(row.importTotalWh)),
    exportTotal: energyWh(wholeOf(row.exportTotalWh)),
    committedAt: row.committedAt,
  }
}
