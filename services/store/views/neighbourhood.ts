import { energyFlowsOf } from '../../domain/neighbourhood/energy-flows.ts'
import { energyRoleOf, type EnergyRole } from '../../domain/neighbourhood/energy-role.ts'
import { nextToCloseOf } from '../../domain/neighbourhood/recent-sessions.ts'
import { gateClosureOf, type Calendar } from '../../domain/grid/calendar.ts'
import { deliveryPeriodAt, energyWh, PERIODS_PER_DAY } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { TRADERS_SQL } from '../traders.ts'
import { readArea, readTariffOf, type AreaView, type TariffView } from './area.ts'
import { listChallenges, type ChallengeView } from './challenges.ts'
import { clearingPriceOf, listSessions, type SessionSummaryView } from './sessions.ts'
import { TOTAL_SQL } from './statement-lines.ts'

const SESSIONS_SHOWN = 12
const CHALLENGES_SHOWN = 10

export type NeighbourhoodView = {
  readonly area: number
  readonly ledgerTime: number
  readonly indexedBlock: number | null
  readonly deliveryPeriod: number
  readonly calendar: Calendar
  readonly nextGateClosure: { period: number; time: number } | null
  readonly latestClearing: { period: number; priceMicroEuroPerKwh: bigint; volumeWh: bigint } | null
  readonly tariff: TariffView
  /** The community's guarantee fund and the market operator's bond. */
  readonly fundMicroEuro: bigint
  readonly bondMicroEuro: bigint
  readonly challenges: ChallengeView[]
  readonly totals: TotalsView
  readonly picture: PictureView | null
  readonly households: NeighbourhoodHouseholdView[]
  readonly sessions: SessionSummaryView[]
}

type TotalsView = {
  readonly periodCount: number
  readonly firstPeriod: number | null
  readonly lastPeriod: number | null
  readonly tradedWh: bigint
  readonly gridImportWh: bigint
  readonly gridExportWh: bigint
  readonly savingMicroEuro: bigint
}

/** The latest metered delivery period of all households together. */
type PictureView = {
  readonly period: number
  readonly givingCount: number
  readonly takingCount: number
  readonly withoutReadingCount: number
  readonly sharedWh: bigint
  readonly fromGridWh: bigint
  readonly toGridWh: bigint
}

type NeighbourhoodHouseholdView = {
  readonly memberId: number
  readonly name: string
  readonly isShown: boolean
  readonly role: EnergyRole | null
  readonly latest: LatestView | null
}

type LatestView = { period: number; importWh: bigint; exportWh: bigint; boughtWh: bigint; soldWh: bigint }

/** The neighbourhood at `now`, unix seconds by the ledger's clock. */
export async function readNeighbourhood(store: Store, now: number): Promise<NeighbourhoodView> {
  const area = await readArea(store)
  const { calendar } = area
  const period = deliveryPeriodAt(now)
  const next = nextToCloseOf(calendar, now)
  const [indexed, tariff, challenges, totals, households, latestClearing, sessions] = await Promise.all([
    store.client.indexedBlock.aggregate({ _max: { number: true } }),
    readTariffOf(store, area, period),
    listChallenges(store, area, CHALLENGES_SHOWN),
    readTotals(store, area),
    listLatestOfHouseholds(store, area),
    readLatestClearing(store, area),
    listSessions(store, area, now, { limit: SESSIONS_SHOWN }),
  ])
  return {
    area: area.id,
    ledgerTime: now,
    indexedBlock: indexed._max.number,
    deliveryPeriod: period,
    calendar,
    nextGateClosure: next === null ? null : { period: next, time: gateClosureOf(calendar, next) },
    latestClearing,
    tariff,
    fundMicroEuro: area.fundMicroEuro,
    bondMicroEuro: area.bondMicroEuro,
    challenges,
    totals,
    picture: pictureOf(households),
    households,
    sessions: sessions.items,
  }
}

function pictureOf(households: readonly NeighbourhoodHouseholdView[]): PictureView | null {
  const periods = households.flatMap(({ latest }) => (latest === null ? [] : [latest.period]))
  if (periods.length === 0) return null
  const period = Math.max(...periods)
  const metered = households.filter(({ latest }) => latest?.period === period)
  const flows = metered.map(({ latest }) =>
    energyFlowsOf({ import: latest!.importWh, export: latest!.exportWh }, latest!.boughtWh, latest!.soldWh),
  )
  return {
    period,
    givingCount: metered.filter(({ role }) => role === 'producing').length,
    takingCount: metered.filter(({ role }) => role === 'consuming').length,
    withoutReadingCount: households.length - metered.length,
    sharedWh: flows.reduce((total, { toNeighbours }) => total + toNeighbours, 0n),
    fromGridWh: flows.reduce((total, { fromGrid }) => total + fromGrid, 0n),
    toGridWh: flows.reduce((total, { toGrid }) => total + toGrid, 0n),
  }
}

async function readLatestClearing(store: Store, area: AreaView): Promise<NeighbourhoodView['latestClearing']> {
  const session = await store.client.session.findFirst({
    where: { area: area.id, priceMicroEuroPerKwh: { not: null } },
    orderBy: { period: 'desc' },
  })
  const price = clearingPriceOf(session)
  if (session === null || price === null) return null
  return { period: session.period, priceMicroEuroPerKwh: price, volumeWh: session.volumeWh ?? 0n }
}

async function readTotals(store: Store, area: AreaView): Promise<TotalsView> {
  const [totals] = await store.client.$queryRaw<TotalsView[]>`
    WITH drawn_up AS (
      SELECT x.period, x.volume_wh FROM sessions x
      WHERE x.area = ${area.id} AND EXISTS (SELECT FROM statements s WHERE s.area = x.area AND s.period = x.period)
      ORDER BY x.period DESC LIMIT ${PERIODS_PER_DAY}
    ), span AS (
      SELECT count(*)::int AS period_count, min(period) AS first_period, max(period) AS last_period,
        coalesce(sum(volume_wh), 0)::bigint AS traded_wh
      FROM drawn_up
    ), latest AS (
      SELECT DISTINCT ON (s.period, s.member_id) s.*
      FROM statements s, span
      WHERE s.area = ${area.id} AND s.period BETWEEN span.first_period AND span.last_period
      ORDER BY s.period, s.member_id, s.run DESC
    ), metered AS (
      SELECT s.import_wh - s.export_wh - s.bought_wh + s.sold_wh AS difference,
        s.tariff_only_micro_euro - ${TOTAL_SQL} AS saving
      FROM latest s
      WHERE s.period IN (SELECT period FROM drawn_up) AND s.import_wh IS NOT NULL
    )
    SELECT span.period_count AS "periodCount", span.first_period AS "firstPeriod", span.last_period AS "lastPeriod",
      span.traded_wh AS "tradedWh", m.*
    FROM span, (
      SELECT coalesce(sum(greatest(difference, 0)), 0)::bigint AS "gridImportWh",
        coalesce(sum(greatest(-difference, 0)), 0)::bigint AS "gridExportWh",
        coalesce(sum(saving), 0)::bigint AS "savingMicroEuro"
      FROM metered
    ) m`
  return totals!
}

async function listLatestOfHouseholds(store: Store, area: AreaView): Promise<NeighbourhoodHouseholdView[]> {
  const rows = await store.client.$queryRaw<
    {
      memberId: number
      name: string
      period: number | null
      importWh: bigint
      exportWh: bigint
      boughtWh: bigint
      soldWh: bigint
    }[]
  >`
    SELECT h.member_id AS "memberId", h.name, r.period, r.import_end_wh - r.import_start_wh AS "importWh",
      r.export_end_wh - r.export_start_wh AS "exportWh", f.bought_wh AS "boughtWh", f.sold_wh AS "soldWh"
    FROM households h
    LEFT JOIN LATERAL (
      SELECT * FROM reading_leaves l WHERE l.member_id = h.member_id
      ORDER BY l.period DESC, l.version DESC LIMIT 1
    ) r ON true
    LEFT JOIN LATERAL (
      SELECT coalesce(sum(filled_wh) FILTER (WHERE side = 'bid'), 0)::bigint AS bought_wh,
        coalesce(sum(filled_wh) FILTER (WHERE side = 'offer'), 0)::bigint AS sold_wh
      FROM fills JOIN ${TRADERS_SQL} t
        ON t.area = fills.area AND t.day = fills.period / 96 AND t.trader = fills.trader
      WHERE t.member_id = h.member_id AND fills.area = h.area AND fills.period = r.period
    ) f ON true
    WHERE h.area = ${area.id}
    ORDER BY h.member_id`
  return rows.map(({ memberId, name, period, ...energy }) => ({
    memberId,
    name,
    isShown: true,
    role:
      period === null
        ? null
        : energyRoleOf({ imported: energyWh(energy.importWh), exported: energyWh(energy.exportWh) }),
    latest: period === null ? null : { period, ...energy },
  }))
}
