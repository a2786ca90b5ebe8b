import { PERIODS_PER_DAY } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { AreaView } from './area.ts'
import { readHouseholdDays, type HouseholdDayView } from './household-days.ts'
import { readHousehold } from './households.ts'
import { TOTAL_SQL } from './statement-lines.ts'

export type HouseholdSummaryView = SumsView & {
  readonly memberId: number
  readonly name: string
  readonly days: number
  /** From this delivery period on the amounts are provisional: the settlement of its day is not paid; null for none. */
  readonly provisionalFrom: number | null
  readonly settlementDays: HouseholdDayView[]
  readonly balanceMicroEuro: bigint
  readonly debtMicroEuro: bigint
}

type SumsView = {
  readonly firstPeriod: number | null
  readonly lastPeriod: number | null
  readonly periodCount: number
  readonly periodsWithoutReading: number
  readonly estimatedCount: number
  readonly importWh: bigint
  readonly exportWh: bigint
  readonly boughtWh: bigint
  readonly soldWh: bigint
  readonly energyMicroEuro: bigint
  readonly imbalanceMicroEuro: bigint
  readonly gridTariffMicroEuro: bigint
  readonly leviesMicroEuro: bigint
  readonly platformFeeMicroEuro: bigint
  readonly totalMicroEuro: bigint
  readonly tariffOnlyMicroEuro: bigint
  readonly savingMicroEuro: bigint
}

/**
 * What a household's statements of the days (of 96 periods) up to the last one drawn up come to, and what became of them
 * day by day. Null for no household.
 */
export async function readHouseholdSummary(
  store: Store,
  area: AreaView,
  memberId: number,
  days: number,
): Promise<HouseholdSummaryView | null> {
  const household = await readHousehold(store, area, memberId)
  if (household === null) return null
  const drawnUp = await store.client.statement.aggregate({ where: { area: area.id }, _max: { period: true } })
  const lastPeriod = drawnUp._max.period ?? 0
  const firstPeriod = Math.max(0, lastPeriod - days * PERIODS_PER_DAY + 1)
  const [sums, settlementDays] = await Promise.all([
    readSums(store, area, memberId, firstPeriod, lastPeriod),
    readHouseholdDays(store, area, memberId, { firstPeriod, lastPeriod }),
  ])
  return {
    memberId,
    name: household.name,
    days,
    ...sums,
    provisionalFrom: await readProvisionalFrom(store, area, firstPeriod, lastPeriod),
    settlementDays,
    balanceMicroEuro: household.balanceMicroEuro,
    debtMicroEuro: household.debtMicroEuro,
  }
}

async function readProvisionalFrom(
  store: Store,
  area: AreaView,
  firstPeriod: number,
  lastPeriod: number,
): Promise<number | null> {
  const [row] = await store.client.$queryRaw<{ period: number | null }[]>`
    SELECT min(s.period) AS period
    FROM statements s
    WHERE s.area = ${area.id} AND s.period BETWEEN ${firstPeriod} AND ${lastPeriod} AND NOT EXISTS (
      SELECT FROM settlement_runs r
      WHERE r.area = s.area AND r.day = s.period / ${PERIODS_PER_DAY}::int AND r.paid_at IS NOT NULL)`
  return row?.period ?? null
}

async function readSums(
  store: Store,
  area: AreaView,
  memberId: number,
  firstPeriod: number,
  lastPeriod: number,
): Promise<SumsView> {
  const [sums] = await store.client.$queryRaw<SumsView[]>`
    WITH drawn_up AS (
      SELECT x.period FROM sessions x
      WHERE x.area = ${area.id} AND x.period BETWEEN ${firstPeriod} AND ${lastPeriod}
        AND EXISTS (SELECT FROM statements s WHERE s.area = x.area AND s.period = x.period)
    ), latest AS (
      SELECT DISTINCT ON (period) * FROM statements
      WHERE member_id = ${memberId} AND period BETWEEN ${firstPeriod} AND ${lastPeriod}
      ORDER BY period, run DESC
    )
    SELECT min(x.period) AS "firstPeriod", max(x.period) AS "lastPeriod", count(*)::int AS "periodCount",
      (count(*) - count(s.import_wh))::int AS "periodsWithoutReading",
      count(*) FILTER (WHERE s.quality = 'estimated')::int AS "estimatedCount",
      coalesce(sum(s.import_wh), 0)::bigint AS "importWh", coalesce(sum(s.export_wh), 0)::bigint AS "exportWh",
      coalesce(sum(s.bought_wh), 0)::bigint AS "boughtWh", coalesce(sum(s.sold_wh), 0)::bigint AS "soldWh",
      coalesce(sum(s.energy_micro_euro), 0)::bigint AS "energyMicroEuro",
      coalesce(sum(s.imbalance_micro_euro), 0)::bigint AS "imbalanceMicroEuro",
      coalesce(sum(s.grid_tariff_micro_euro), 0)::bigint AS "gridTariffMicroEuro",
      coalesce(sum(s.levies_micro_euro), 0)::bigint AS "leviesMicroEuro",
      coalesce(sum(s.platform_fee_micro_euro), 0)::bigint AS "platformFeeMicroEuro",
      coalesce(sum(${TOTAL_SQL}), 0)::bigint AS "totalMicroEuro",
      coalesce(sum(s.tariff_only_micro_euro), 0)::bigint AS "tariffOnlyMicroEuro",
      coalesce(sum(s.tariff_only_micro_euro - ${TOTAL_SQL}), 0)::bigint AS "savingMicroEuro"
    FROM drawn_up x LEFT JOIN latest s ON s.period = x.period`
  return sums!
}
