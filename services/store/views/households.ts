import type { Store } from '../connect.ts'
import { Prisma } from '../generated/client.ts'
import type { AreaView } from './area.ts'

export type HouseholdView = {
  readonly memberId: number
  readonly name: string
  readonly account: string
  readonly tradingKey: string
  readonly meterKey: string
  readonly quantityLimitWh: bigint
  readonly connectionCapacityW: number
  readonly pvCapacityW: number
  readonly activeUntil: number | null
  /** Whether its credentials let it bid and offer, and up to when, in unix seconds; 0 where they do not. */
  readonly mayBid: boolean
  readonly mayOffer: boolean
  readonly tradesUntil: number
  readonly balanceMicroEuro: bigint
  readonly debtMicroEuro: bigint
  readonly creditLineMicroEuro: bigint
  /** The key to which the household delegates its trading; null for none. */
  readonly delegation: DelegationView | null
}

export type DelegationView = {
  readonly key: string
  readonly mayBid: boolean
  readonly mayOffer: boolean
  readonly quantityLimitWh: bigint
  readonly lowestPriceMicroEuroPerKwh: bigint
  readonly highestPriceMicroEuroPerKwh: bigint
  readonly expiry: number
}

/** Ascending by member, from above `after`; those alone that are among the given ones. */
export async function listHouseholds(
  store: Store,
  area: AreaView,
  { after = 0, limit, among }: { after?: number | undefined; limit: number; among: 'all' | ReadonlySet<number> },
): Promise<{ items: HouseholdView[]; nextAfter: number | null }> {
  const isAmong = among === 'all' ? Prisma.sql`true` : Prisma.sql`h.member_id = ANY(${[...among]}::int[])`
  const rows = await selectHouseholds(store, area, Prisma.sql`h.member_id > ${after} AND ${isAmong}`, limit + 1)
  const items = rows.slice(0, limit)
  return { items, nextAfter: rows.length > limit ? items.at(-1)!.memberId : null }
}

/** Null where the area has no such household. */
export async function readHousehold(store: Store, area: AreaView, memberId: number): Promise<HouseholdView | null> {
  const [row] = await selectHouseholds(store, area, Prisma.sql`h.member_id = ${memberId}`, 1)
  return row ?? null
}

async function selectHouseholds(
  store: Store,
  area: AreaView,
  where: Prisma.Sql,
  limit: number,
): Promise<HouseholdView[]> {
  const rows = await store.client.$queryRaw<Omit<HouseholdView, 'delegation'>[]>`
    SELECT h.member_id AS "memberId", h.name, h.account, coalesce(m.trading_key, h.trading_key) AS "tradingKey",
      h.meter_key AS "meterKey",
      coalesce(m.quantity_limit_wh, 0)::bigint AS "quantityLimitWh", h.connection_capacity_w AS "connectionCapacityW",
      h.pv_capacity_w AS "pvCapacityW", m.active_until AS "activeUntil",
      coalesce(m.may_bid, false) AS "mayBid", coalesce(m.may_offer, false) AS "mayOffer",
      coalesce(m.trades_until, 0)::double precision AS "tradesUntil",
      coalesce(m.balance_micro_euro, 0) AS "balanceMicroEuro", coalesce(m.debt_micro_euro, 0) AS "debtMicroEuro",
      coalesce(m.credit_line_micro_euro, 0) AS "creditLineMicroEuro"
    FROM households h LEFT JOIN members m ON m.id = h.member_id
    WHERE h.area = ${area.id} AND ${where}
    ORDER BY h.member_id LIMIT ${limit}`
  const delegations = await readDelegations(
    store,
    rows.map(({ memberId }) => memberId),
  )
  return rows.map((row) => ({ ...row, delegation: delegations.get(row.memberId) ?? null }))
}

async function readDelegations(store: Store, memberIds: readonly number[]): Promise<Map<number, DelegationView>> {
  const rows = await store.client.delegation.findMany({ where: { memberId: { in: [...memberIds] } } })
  return new Map(
    rows.map((row) => [
      row.memberId,
      {
        key: row.key,
        mayBid: row.mayBid,
        mayOffer: row.mayOffer,
        quantityLimitWh: BigInt(row.quantityLimitWh),
        lowestPriceMicroEuroPerKwh: BigInt(row.lowestPriceMicroEuroPerKwh),
        highestPriceMicroEuroPerKwh: BigInt(row.highestPriceMicroEuroPerKwh),
        expiry: Number(row.expiry),
      },
    ]),
  )
}
