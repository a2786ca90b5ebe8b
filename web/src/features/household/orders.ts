import type { HouseholdOrdersPage, Trace } from '../../lib/api-client.ts'

/** `sealed` before gate closure, `binding` after it, then what clearing made of it. */
export type OrderOutcome = 'sealed' | 'binding' | 'filled' | 'partly filled' | 'unfilled'

export type PlacedOrder = {
  readonly digest: string
  readonly period: number
  readonly side: 'bid' | 'offer'
  /** Wh, and micro-euro per kWh. */
  readonly quantity: bigint
  readonly limitPrice: bigint
  /** Wh; null until cleared. */
  readonly filled: bigint | null
  /** Unix seconds; null for an order that did not come through the api. */
  readonly receivedAt: number | null
  readonly outcome: OrderOutcome
}

/** A period for which there are orders that nobody may see yet, or the orders themselves. */
export type OrderRow = { readonly period: number; readonly order: PlacedOrder | null }

export function orderRowsOf(page: HouseholdOrdersPage): OrderRow[] {
  return page.items.flatMap(({ period, isSealed, orders }): OrderRow[] =>
    isSealed ? [{ period, order: null }] : orders.map((order) => ({ period, order: placedOrderOf(period, order) })),
  )
}

export function placedOrderOf(period: number, order: Trace['orders'][number]): PlacedOrder {
  const quantity = BigInt(order.quantityWh)
  const filled = order.filledWh === null ? null : BigInt(order.filledWh)
  return {
    digest: order.digest,
    period,
    side: order.side,
    quantity,
    limitPrice: BigInt(order.limitPriceMicroEuroPerKwh),
    filled,
    receivedAt: order.receivedAt,
    outcome: outcomeOf(quantity, filled),
  }
}

function outcomeOf(quantity: bigint, filled: bigint | null): OrderOutcome {
  if (filled === null) return 'binding'
  if (filled === 0n) return 'unfilled'
  return filled === quantity ? 'filled' : 'partly filled'
}
