import type { Order } from '../domain/market/order.ts'
import { deliveryPeriod, energyWh, price, type DeliveryPeriod } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** An order as the api accepted it. */
export type AcceptedOrder = Order & {
  readonly memberId: number
  /** EIP-2098, 64 bytes as 0x-hex. */
  readonly signature: string
  /** EIP-712, 0x-hex. */
  readonly digest: string
}

/**
 * From here on no order of the session is accepted any more; again without effect.
 * Waits for orders being accepted at this instant, each of which holds the session's lock shared.
 */
export async function closeGate(store: Store, area: number, period: DeliveryPeriod): Promise<void> {
  const lock = `gate:${area}:${period}`
  await store.client.$executeRaw`
    WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext(${lock})))
    INSERT INTO gate_closures (area, period) SELECT ${area}::int, ${period}::int FROM gate ON CONFLICT DO NOTHING`
}

/** The session's orders by member, a member's bid before its offer; final once its gate is closed. */
export async function readAcceptedOrders(store: Store, area: number, period: DeliveryPeriod): Promise<AcceptedOrder[]> {
  const rows = await store.client.order.findMany({
    where: { area, period },
    orderBy: [{ memberId: 'asc' }, { side: 'asc' }],
  })
  return rows.map((row) => ({
    area: row.area,
    deliveryPeriod: deliveryPeriod(row.period),
    side: row.side === 'bid' ? 'bid' : 'offer',
    quantity: energyWh(BigInt(row.quantityWh)),
    limitPrice: price(BigInt(row.limitPriceMicroEuroPerKwh)),
    salt: BigInt(row.salt),
    memberId: row.memberId,
    signature: row.signature,
    digest: row.digest,
  }))
}
