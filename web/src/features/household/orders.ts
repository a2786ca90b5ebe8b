import type { HouseholdOrdersPage, Trace } from '../../lib/api-client.ts'

/**
 * `sealed` until its session is cleared, then what clearing made of it. `replaced`: another order with a greater salt
 * counts. `cancellation`: it is for nothing, and takes back the one before. `left out`: the session was
 * cleared without it.
 */
export type OrderOutcome = 'sealed' | 'filled' | 'partly filled' | 'unfilled' | 'replaced' | 'cancellation' | 'left out'

export type PlacedOrder = {
  readonly digest: string
  readonly period: number
  readonly side: 'bid' | 'offer'
  /** Wh, and micro-euro per kWh. */
  readonly quantity: bigint
  readonly limitPrice: bigint
  /** Wh; null where the session was cleared without it. */
  readonly filled: bigint | null
  /** Unix seconds; null for an order that did not come through the api. */
  readonly receivedAt: number | null
  readonly outcome: OrderOutcome
}

/** An order in its trace, with the position that its receipt states; null without a receipt. */
export type TracedOrder = PlacedOrder & { readonly position: number | null; readonly expiry: number | null }

/** A period for which there are orders that nobody may see yet, or the orders themselves. */
export type OrderRow = { readonly period: number; readonly order: PlacedOrder | null }

type ListedOrder = HouseholdOrdersPage['items'][number]['orders'][number]

export function orderRowsOf(page: HouseholdOrdersPage): OrderRow[] {
  return page.items.flatMap(({ period, isSealed, orders }): OrderRow[] =>
    isSealed ? [{ period, order: null }] : orders.map((order) => ({ period, order: placedOrderOf(period, order) })),
  )
}

export function tracedOrdersOf({ period, orders }: Trace): TracedOrder[] {
  return orders.map((order) => ({
    ...placedOrderOf(period, order),
    position: order.position,
    expiry: order.expiry,
  }))
}

function placedOrderOf(period: number, order: ListedOrder): PlacedOrder {
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
    outcome: order.isSuperseded ? 'replaced' : outcomeOf(quantity, filled),
  }
}

function outcomeOf(quantity: bigint, filled: bigint | null): OrderOutcome {
  if (quantity === 0n) return 'cancellation'
  if (filled === null) return 'left out'
  if (filled === 0n) return 'unfilled'
  return filled === quantity ? 'filled' : 'partly filled'
}
