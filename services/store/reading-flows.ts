import { periodFlowOf, type PeriodFlow } from '../domain/flexibility/baseline/period-flow.ts'
import { deliveryPeriod, energyWh, type DeliveryPeriod } from '../domain/units.ts'
import type { Store } from './connect.ts'

/** The net energy of a member in a period, by the reading of a version. */
export type CommittedFlow = PeriodFlow & { readonly version: number }

/** Periods whose committed reading that counts is an earlier version than the latest one, by period. */
export type CountingVersions = ReadonlyMap<DeliveryPeriod, number>

type Row = {
  memberId: number
  period: number
  version: number
  importStart: bigint
  importEnd: bigint
  exportStart: bigint
  exportEnd: bigint
  quality: string
}

/**
 * Net flows of the area's members from the first period to the last one, inclusive, ascending by period: of each period the
 * latest version, or the one that is named.
 */
export async function readCommittedFlows(
  store: Store,
  area: number,
  members: readonly number[],
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
  counting: CountingVersions = new Map(),
): Promise<Map<number, CommittedFlow[]>> {
  const rows = await store.client.$queryRaw<Row[]>`
    WITH counting AS (
      SELECT * FROM unnest(${[...counting.keys()]}::int[], ${[...counting.values()]}::int[]) AS counting(period, version)
    ), versions AS (
      SELECT batch.period, coalesce(max(counting.version), max(batch.version)) AS version
      FROM reading_batches AS batch LEFT JOIN counting ON counting.period = batch.period
      WHERE batch.area = ${area}::int AND batch.period BETWEEN ${first as number}::int AND ${last as number}::int
      GROUP BY batch.period
    )
    SELECT leaf.member_id AS "memberId", leaf.period, leaf.version, leaf.import_start_wh AS "importStart",
      leaf.import_end_wh AS "importEnd", leaf.export_start_wh AS "exportStart", leaf.export_end_wh AS "exportEnd",
      leaf.quality
    FROM versions JOIN reading_leaves AS leaf
      ON leaf.area = ${area}::int AND leaf.period = versions.period AND leaf.version = versions.version
    WHERE leaf.member_id = ANY(${[...members]}::int[])
    ORDER BY leaf.member_id, leaf.period`
  const flows = new Map<number, CommittedFlow[]>()
  for (const row of rows) {
    const known = flows.get(row.memberId)
    if (known === undefined) flows.set(row.memberId, [flowOf(row)])
    else known.push(flowOf(row))
  }
  return flows
}

/** Periods from the first to the last one, inclusive, of which there is more than one version. */
export async function listCorrectedPeriods(
  store: Store,
  area: number,
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<DeliveryPeriod[]> {
  const rows = await store.client.readingBatch.findMany({
    where: { area, period: { gte: first, lte: last }, version: { gt: 0 } },
    distinct: ['period'],
    orderBy: { period: 'asc' },
    select: { period: true },
  })
  return rows.map(({ period }) => deliveryPeriod(period))
}

function flowOf({ memberId, version, quality, ...row }: Row): CommittedFlow {
  const flow = periodFlowOf({
    memberId,
    period: deliveryPeriod(row.period),
    importStart: energyWh(row.importStart),
    importEnd: energyWh(row.importEnd),
    exportStart: energyWh(row.exportStart),
    exportEnd: energyWh(row.exportEnd),
    quality: quality === 'metered' ? 'metered' : 'estimated',
  })
  return { ...flow, version }
}
