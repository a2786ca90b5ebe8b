import { Prisma } from './generated/client.ts'
import type { Store } from './connect.ts'

/** A signed order as it is kept until its gate closes. Hex is in lower case; times are unix seconds. */
export type NewOrder = {
  readonly digest: string
  readonly area: number
  readonly period: number
  readonly memberId: number
  readonly side: 'bid' | 'offer'
  readonly quantityWh: number
  readonly limitPriceMicroEuroPerKwh: number
  /** Decimal. */
  readonly salt: string
  readonly signature: string
  readonly receivedAt: number
}

/** `already-placed`: this order; `side-taken`: another one of the same member, period and side. */
export type Placing = 'placed' | 'gate-closed' | 'already-placed' | 'side-taken'

/**
 * Keeps the orders whose gate is open, all in one transaction, and says for each what became of it. What is `placed`
 * is in its session: `closeGate` waits for this transaction, and this one sees every gate that closed before it.
 */
export async function placeOrders(store: Store, orders: readonly NewOrder[]): Promise<Placing[]> {
  if (orders.length === 0) return []
  return store.client.$transaction(async (transaction) => {
    const gates = [...new Set(orders.map(({ area, period }) => `gate:${area}:${period}`))].sort()
    await transaction.$executeRaw`
      SELECT pg_advisory_xact_lock_shared(hashtext(gate)) FROM unnest(${gates}::text[]) AS gate`

    // In one sequence everywhere, so that two batches never wait for each other's rows.
    const inserted = await transaction.$queryRaw<{ digest: string }[]>`
      INSERT INTO orders (digest, area, period, member_id, side, quantity_wh, limit_price_micro_euro_per_kwh, salt,
        signature, received_at)
      SELECT o.digest, o.area, o.period, o.member_id, o.side, o.quantity_wh, o.limit_price_micro_euro_per_kwh, o.salt,
        o.signature, o.received_at
      FROM ${rowsOf(orders)}
      WHERE NOT EXISTS (SELECT FROM gate_closures g WHERE g.area = o.area AND g.period = o.period)
      ORDER BY o.area, o.period, o.member_id, o.side, o.position
      ON CONFLICT DO NOTHING
      RETURNING digest`
    const placed = new Set(inserted.map(({ digest }) => digest))
    const refused = orders.filter(({ digest }) => !placed.delete(digest))
    if (refused.length === 0) return orders.map(() => 'placed')

    const reasons = await reasonsOf(transaction, refused)
    const isRefused = new Set(refused)
    return orders.map((order) => (isRefused.has(order) ? (reasons.get(order.digest) ?? 'side-taken') : 'placed'))
  })
}

/** What is wrong with orders that were not inserted, by digest; none of these means that the side is taken. */
async function reasonsOf(
  transaction: Prisma.TransactionClient,
  orders: readonly NewOrder[],
): Promise<Map<string, Placing>> {
  const rows = await transaction.$queryRaw<{ digest: string; isPlaced: boolean; isGateClosed: boolean }[]>`
    SELECT o.digest, EXISTS (SELECT FROM orders placed WHERE placed.digest = o.digest) AS "isPlaced",
      EXISTS (SELECT FROM gate_closures g WHERE g.area = o.area AND g.period = o.period) AS "isGateClosed"
    FROM ${rowsOf(orders)}`
  const reasons = new Map<string, Placing>()
  for (const row of rows) {
    if (row.isPlaced) reasons.set(row.digest, 'already-placed')
    else if (row.isGateClosed) reasons.set(row.digest, 'gate-closed')
  }
  return reasons
}

function rowsOf(orders: readonly NewOrder[]): Prisma.Sql {
  return Prisma.sql`unnest(
    ${orders.map((order) => order.digest)}::text[],
    ${orders.map((order) => order.area)}::int[],
    ${orders.map((order) => order.period)}::int[],
    ${orders.map((order) => order.memberId)}::int[],
    ${orders.map((order) => order.side)}::text[],
    ${orders.map((order) => order.quantityWh)}::int[],
    ${orders.map((order) => order.limitPriceMicroEuroPerKwh)}::int[],
    ${orders.map((order) => order.salt)}::text[],
    ${orders.map((order) => order.signature)}::text[],
    ${orders.map((order) => order.receivedAt)}::int[]
  ) WITH ORDINALITY AS o (digest, area, period, member_id, side, quantity_wh, limit_price_micro_euro_per_kwh, salt,
    signature, received_at, position)`
}
