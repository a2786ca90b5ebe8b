import type { Store } from '../connect.ts'
import { TRADERS_SQL } from '../traders.ts'

export type FirstFill = {
  readonly deliveryPeriod: number
  readonly side: 'bid' | 'offer'
  readonly quantityWh: bigint
  readonly priceMicroEuroPerKwh: bigint
}

/** The first that the member bought or sold; null before. */
export async function readFirstFill(store: Store, memberId: number): Promise<FirstFill | null> {
  const [row] = await store.client.$queryRaw<FirstFill[]>`
    SELECT fill.period AS "deliveryPeriod", fill.side, fill.filled_wh::bigint AS "quantityWh",
      session.price_micro_euro_per_kwh::bigint AS "priceMicroEuroPerKwh"
    FROM ${TRADERS_SQL} t JOIN fills fill
      ON fill.area = t.area AND fill.trader = t.trader AND fill.period BETWEEN t.day * 96 AND t.day * 96 + 95
    JOIN sessions AS session ON session.area = fill.area AND session.period = fill.period
    WHERE t.member_id = ${memberId}::int AND fill.filled_wh > 0
      AND session.price_micro_euro_per_kwh IS NOT NULL
    ORDER BY fill.period, fill.side LIMIT 1`
  return row ?? null
}
