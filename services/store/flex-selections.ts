import type { MeritOrder } from '../domain/flexibility/merit-order/merit-order.ts'
import { activationFactor } from '../domain/flexibility/trading/activation-factor.ts'
import { deliveryPeriod, money, powerW } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** Something that was chosen and could not be ordered. */
export type RefusedOrder = { readonly kind: 'offer' | 'reserve'; readonly id: string; readonly code: string }

/** What was chosen for a request in a round, and what of it became an order. */
export type FlexSelection = {
  readonly requestId: number
  /** From 1. */
  readonly round: number
  /** Unix seconds by the ledger's clock. */
  readonly chosenAt: number
  readonly choice: MeritOrder
  /** Of all rounds so far. */
  readonly orders: readonly { readonly kind: 'offer' | 'reserve'; readonly id: string; readonly orderId: number }[]
  readonly refused: readonly RefusedOrder[]
  readonly isDone: boolean
}

/** The last round of the request; null where there is none yet. */
export async function readFlexSelection(store: Store, requestId: number): Promise<FlexSelection | null> {
  const row = await store.client.flexSelection.findFirst({ where: { requestId }, orderBy: { round: 'desc' } })
  if (row === null) return null
  const written = JSON.parse(row.choice) as Written
  const choice: MeritOrder = {
    chosen: written.chosen.map((one) => ({
      ...one,
      activationFactor: activationFactor(one.activationFactor),
      price: money(BigInt(one.price)),
    })),
    passedOver: written.passedOver,
    unmet: written.unmet.map(({ period, power }) => ({ period: deliveryPeriod(period), power: powerW(BigInt(power)) })),
    cost: money(row.costMicroEuro),
    gap: money(row.gapMicroEuro),
  }
  const { orders, refused } = written
  return { requestId, round: row.round, chosenAt: row.chosenAt, choice, orders, refused, isDone: row.isDone }
}

/** Keeps a round, in the place of what was kept of it before. */
export async function keepFlexSelection(store: Store, selection: FlexSelection): Promise<void> {
  const { requestId, round, chosenAt, choice, orders, refused, isDone } = selection
  const { chosen, passedOver, unmet, cost: costMicroEuro, gap: gapMicroEuro } = choice
  const written = JSON.stringify({ chosen, passedOver, unmet, orders, refused }, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  const row = { chosenAt, choice: written, costMicroEuro, gapMicroEuro, isDone }
  await store.client.flexSelection.upsert({
    where: { requestId_round: { requestId, round } },
    create: { requestId, round, ...row },
    update: row,
  })
}

/** As JSON has it, with bigints as text. */
type Written = Pick<FlexSelection, 'orders' | 'refused'> & {
  readonly chosen: readonly (Omit<MeritOrder['chosen'][number], 'activationFactor' | 'price'> & {
    readonly activationFactor: number
    readonly price: string
  })[]
  readonly passedOver: MeritOrder['passedOver']
  readonly unmet: readonly { readonly period: number; readonly power: string }[]
}
