import type { Order } from '../domain/market/order.ts'
import { deliveryPeriod, energyWh, price, type DeliveryPeriod } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** An order as the api accepted it. */
export type AcceptedOrder = Order & {
  /** 0x-hex: EIP-2098, 64 bytes; of a contract account whatever its contract accepts. */
  readonly signature: string
  /** Address of the key that signed, lower-case. */
  readonly signingKey: string
  /** EIP-712, 0x-hex. */
  readonly digest: string
  /** Counts the session's orders from 1 in the sequence of their arrival. */
  readonly position: number
}

/**
 * From here on no order of the session is accepted any more; again without effect.
 * Waits for orders being accepted at this instant, each of which holds the session's lock.
 */
export async function closeGate(store: Store, area: number, period: DeliveryPeriod): Promise<void> {
  const lock = `gate:${area}:${period}`
  await store.client.$executeRaw`
    WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext(${lock})))
    INSERT INTO gate_closures (area, period) SELECT ${area}::int, ${period}::int FROM gate ON CONFLICT DO NOTHING`
}

/**
 * The session's orders in the sequence of their arrival, those that were replaced among them, from the one behind
 * `position`; final once the session's gate is closed.
 */
export async function readAcceptedOrders(
  store: Store,
  area: number,
  period: DeliveryPeriod,
  position = 0,
): Promise<AcceptedOrder[]> {
  const rows = await store.client.order.findMany({
    where: { area, period, position: { gt: position } },
    orderBy: { position: 'asc' },
  })
  return rows.map((row) => ({
    area: row.area,
    trader: row.trader,
    deliveryPeriod: deliveryPeriod(row.period),
    side: row.side === 'bid' ? 'bid' : 'offer',
    quantity: energyWh(BigInt(row.quantityWh)),
    limitPrice: price(BigInt(row.limitPriceMicroEuroPerKwh)),
    expiry: Number(row.expiry),
    salt: BigInt(row.salt),
    signature: row.signature,
    signingKey: row.signingKey,
    digest: row.digest,
    position: row.position,
  }))
}

/** The lowest of the traders that have an order in the session; null where none of them has. */
export async function findTraderWithOrder(
  store: Store,
  area: number,
  period: DeliveryPeriod,
  traders: readonly number[],
): Promise<number | null> {
  const order = await store.client.order.findFirst({
    where: { area, period, trader: { in: [...traders] } },
    orderBy: { trader: 'asc' },
    select: { trader: true },
  })
  return order?.trader ?? null
}

/** The area's sessions from `first` on that have orders, each with the position of its latest. */
export async function readLatestPositions(
  store: Store,
  area: number,
  first: DeliveryPeriod,
): Promise<Map<DeliveryPeriod, number>> {
  const rows = await store.client.order.groupBy({
    by: ['period'],
    where: { area, period: { gte: first } },
    _max: { position: true },
  })
  return new Map(rows.map(({ period, _max }) => [deliveryPeriod(period), _max.position ?? 0]))
}
