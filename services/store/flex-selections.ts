import type { ChosenOption, MeritOrder } from '../domain/flexibility/merit-order/merit-order.ts'
import { activationFactor } from '../domain/flexibility/trading/activation-factor.ts'
import type { FlexPower } from '../domain/flexibility/trading/flex-offer.ts'
import { deliveryPeriod, money, powerW, signedW } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** What is going to be ordered, with its powers at the activation factor, and its effect at the congestion point. */
export type PlannedOrder = ChosenOption & { readonly effectPpm: number; readonly periods: readonly FlexPower[] }

/** Something that was chosen, or offered, and cannot be ordered. */
export type RefusedOrder = { readonly kind: ChosenOption['kind']; readonly id: string; readonly code: string }

/**
 * What was chosen for a request in a round, and what of all rounds so far became an order. The cost of the first round less
 * its gap is the least that the offers would have allowed.
 */
export type FlexSelection = Omit<MeritOrder, 'chosen'> & {
  readonly requestId: number
  /** From 1. */
  readonly round: number
  /** Unix seconds by the ledger's clock. */
  readonly chosenAt: number
  readonly planned: readonly PlannedOrder[]
  readonly orders: readonly (PlannedOrder & { readonly orderId: number })[]
  readonly refused: readonly RefusedOrder[]
  /** Whether nothing more is going to be ordered for the request. */
  readonly isDone: boolean
}

/** The last round of the request; null where there is none yet. */
export async function readFlexSelection(store: Store, requestId: number): Promise<FlexSelection | null> {
  const row = await store.client.flexSelection.findFirst({ where: { requestId }, orderBy: { round: 'desc' } })
  return row === null ? null : selectionOf(row)
}

/** Every round of the requests, by request and round. */
export async function listFlexSelections(store: Store, requestIds: readonly number[]): Promise<FlexSelection[]> {
  const rows = await store.client.flexSelection.findMany({
    where: { requestId: { in: [...requestIds] } },
    orderBy: [{ requestId: 'asc' }, { round: 'asc' }],
  })
  return rows.map(selectionOf)
}

/** Keeps a round, in the place of what was kept of it before. */
export async function keepFlexSelection(store: Store, selection: FlexSelection): Promise<void> {
  const { requestId, round, chosenAt, cost: costMicroEuro, gap: gapMicroEuro, isDone, ...written } = selection
  const choice = JSON.stringify(written, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  const row = { chosenAt, choice, costMicroEuro, gapMicroEuro, isDone }
  await store.client.flexSelection.upsert({
    where: { requestId_round: { requestId, round } },
    create: { requestId, round, ...row },
    update: row,
  })
}

type Row = NonNullable<Awaited<ReturnType<Store['client']['flexSelection']['findFirst']>>>

/** As JSON has it, with bigints as text. */
type WrittenOrder = Omit<PlannedOrder, 'activationFactor' | 'price' | 'periods'> & {
  readonly activationFactor: number
  readonly price: string
  readonly periods: readonly { readonly period: number; readonly power: string }[]
}
type Written = Pick<FlexSelection, 'passedOver' | 'refused'> & {
  readonly planned: readonly WrittenOrder[]
  readonly orders: readonly (WrittenOrder & { readonly orderId: number })[]
  readonly unmet: readonly { readonly period: number; readonly power: string }[]
}

function selectionOf({ requestId, round, chosenAt, choice, costMicroEuro, gapMicroEuro, isDone }: Row): FlexSelection {
  const { planned, orders, unmet, passedOver, refused } = JSON.parse(choice) as Written
  return {
    ...{ requestId, round, chosenAt, passedOver, refused, isDone },
    ...{ cost: money(costMicroEuro), gap: money(gapMicroEuro) },
    planned: planned.map(orderOf),
    orders: orders.map((written) => ({ ...orderOf(written), orderId: written.orderId })),
    unmet: unmet.map(({ period, power }) => ({ period: deliveryPeriod(period), power: powerW(BigInt(power)) })),
  }
}

function orderOf(written: WrittenOrder): PlannedOrder {
  return {
    ...written,
    activationFactor: activationFactor(written.activationFactor),
    price: money(BigInt(written.price)),
    periods: written.periods.map(({ period, power }) => ({
      period: deliveryPeriod(period),
      power: signedW(BigInt(power)),
    })),
  }
}
