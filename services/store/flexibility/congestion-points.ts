import type { CongestionPoint } from '../../domain/flexibility/trading/congestion-point.ts'
import type { EntityAddress } from '../../domain/flexibility/trading/entity-address.ts'
import { deliveryPeriod, powerW, type DeliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'

/** A congestion point as the ledger has it now. */
export type RegisteredPoint = {
  readonly pointId: number
  readonly area: number
  readonly point: CongestionPoint
  /** The numbers of its limits, in their sequence. */
  readonly limitNumbers: readonly number[]
}

/** A connection point behind a congestion point. */
export type ConnectionBehind = {
  /** Salted commitment, 0x-hex. */
  readonly connectionPoint: string
  readonly effectPpm: number
  /** Whose it is; null where no member has it. */
  readonly memberId: number | null
}

/** What flowed through a point; positive is consumption. */
export type MeteredLoading = {
  readonly period: DeliveryPeriod
  /** Wh of all connections behind the point, each by its effect, rounded down. */
  readonly energyWh: bigint
  /** Members behind the point that have a committed reading of the period, and how many there are. */
  readonly metered: number
  readonly connected: number
}

/** The area's congestion points, ascending. */
export async function listCongestionPoints(store: Store, area: number): Promise<RegisteredPoint[]> {
  const rows = await store.client.congestionPoint.findMany({ where: { area }, orderBy: { id: 'asc' } })
  return withLimits(store, rows)
}

export async function findCongestionPoint(store: Store, pointId: number): Promise<RegisteredPoint | null> {
  const row = await store.client.congestionPoint.findUnique({ where: { id: pointId } })
  return row === null ? null : (await withLimits(store, [row]))[0]!
}

/** What lies behind the point now, ascending by member, those of nobody last. */
export async function connectionsOf(store: Store, pointId: number): Promise<ConnectionBehind[]> {
  return store.client.$queryRaw<ConnectionBehind[]>`
    SELECT behind.connection_point AS "connectionPoint", behind.effect_ppm::int AS "effectPpm", member.id AS "memberId"
    FROM congestion_connections AS behind
    JOIN congestion_points AS point ON point.id = behind.point_id
    LEFT JOIN members AS member ON member.connection_point = behind.connection_point AND member.area = point.area
    WHERE behind.point_id = ${pointId}
    ORDER BY member.id NULLS LAST, behind.connection_point`
}

/** What flowed through the point from `first` to `last`, inclusive, by the latest committed readings, ascending. */
export async function readMeteredLoading(
  store: Store,
  pointId: number,
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<MeteredLoading[]> {
  const rows = await store.client.$queryRaw<{ period: number; energy: bigint; metered: number; connected: number }[]>`
    WITH behind AS (
      SELECT member.id AS member_id, point.area, connection.effect_ppm
      FROM congestion_connections AS connection
      JOIN congestion_points AS point ON point.id = connection.point_id
      JOIN members AS member ON member.connection_point = connection.connection_point AND member.area = point.area
      WHERE connection.point_id = ${pointId} AND member.kind = 'household'
    ), latest AS (
      SELECT DISTINCT ON (batch.period) batch.period, batch.area, batch.version FROM reading_batches AS batch
      WHERE batch.area = (SELECT area FROM congestion_points WHERE id = ${pointId})
        AND batch.period BETWEEN ${first as number} AND ${last as number}
      ORDER BY batch.period, batch.version DESC
    )
    SELECT latest.period,
      floor(sum((leaf.import_end_wh - leaf.import_start_wh - leaf.export_end_wh + leaf.export_start_wh)
        * behind.effect_ppm) / 1000000)::bigint AS energy,
      count(*)::int AS metered, (SELECT count(*)::int FROM behind) AS connected
    FROM latest
    JOIN reading_leaves AS leaf
      ON leaf.area = latest.area AND leaf.period = latest.period AND leaf.version = latest.version
    JOIN behind ON behind.member_id = leaf.member_id
    GROUP BY latest.period ORDER BY latest.period`
  return rows.map(({ period, energy, metered, connected }) => ({
    ...{ period: deliveryPeriod(period), energyWh: energy, metered, connected },
  }))
}

async function withLimits(
  store: Store,
  rows: readonly { id: number; area: number; entityAddress: string; consumptionW: bigint; feedInW: bigint }[],
): Promise<RegisteredPoint[]> {
  const all = await store.client.congestionLimit.findMany({
    where: { pointId: { in: rows.map(({ id }) => id) } },
    orderBy: [{ pointId: 'asc' }, { firstPeriod: 'asc' }],
  })
  const byPoint = Map.groupBy(all, ({ pointId }) => pointId)
  return rows.map(({ id, area, entityAddress, consumptionW, feedInW }) => {
    const limits = byPoint.get(id) ?? []
    return {
      pointId: id,
      area,
      limitNumbers: limits.map(({ number }) => Number(number)),
      point: {
        // The ledger takes whatever address the DSO gives.
        address: entityAddress as EntityAddress,
        consumption: powerW(consumptionW),
        feedIn: powerW(feedInW),
        limits: limits.map((limit) => ({
          firstPeriod: deliveryPeriod(Number(limit.firstPeriod)),
          lastPeriod: deliveryPeriod(Number(limit.lastPeriod)),
          consumption: powerW(limit.consumptionW),
          feedIn: powerW(limit.feedInW),
        })),
      },
    }
  })
}
