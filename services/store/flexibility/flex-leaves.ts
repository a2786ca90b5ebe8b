import type { PastDelivery } from '../../domain/flexibility/pool/device-reliability.ts'
import {
  OPPOSED,
  sourceHashOf,
  type FlexAsset,
  type FlexDayStatement,
  type FlexEntry,
} from '../../domain/flexibility/settlement/flex-leaves.ts'
import {
  deliveryPeriod,
  energyWh,
  money,
  signedWh,
  tradingDay,
  type DeliveryPeriod,
  type EnergyWh,
  type Money,
  type TradingDay,
} from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { FlexAsset as AssetRow, FlexEntry as EntryRow, FlexStatement, Prisma } from '../generated/client.ts'

/** The leaves of an order's assets in a period, ascending by member. */
export type DrawnCall = {
  readonly orderId: number
  readonly period: DeliveryPeriod
  readonly assets: readonly DrawnAsset[]
}

/** A leaf with what its source is the hash of: how the baseline was found, 0x-hex; null without a baseline. */
export type DrawnAsset = FlexAsset & { readonly baselineSource: string | null }

/** An asset's leaf and where it is. */
export type PlacedAsset = DrawnAsset & {
  readonly orderId: number
  readonly period: DeliveryPeriod
  readonly position: number
}

/** A member's statement and where it is. */
export type PlacedStatement = { readonly position: number; readonly statement: FlexDayStatement }

/** A day's statements, ascending by member, each with its 96 entries. */
export type DrawnStatement = { readonly statement: FlexDayStatement; readonly entries: readonly FlexEntry[] }

export type FlexDay = { readonly area: number; readonly day: TradingDay }

const ROWS_PER_INSERT = 5_000

/** Puts a day's leaves in the place of what was drawn for it before; all or none. */
export async function replaceFlexLeaves(
  store: Store,
  { area, day }: FlexDay,
  calls: readonly DrawnCall[],
  statements: readonly DrawnStatement[],
): Promise<void> {
  const periods = { gte: day * 96, lt: (day + 1) * 96 }
  const assets = calls.flatMap(({ orderId, period, assets: all }) =>
    all.map((asset, position) => assetRowOf(asset, { area, orderId, period, position })),
  )
  const entries = statements.flatMap(({ statement: { memberId }, entries: all }) =>
    all.map((entry, position) => entryRowOf(entry, { area, day, memberId, position })),
  )
  await store.client.$transaction(
    async (client) => {
      await client.flexAsset.deleteMany({ where: { area, period: periods } })
      await client.erasedFlexAsset.deleteMany({ where: { area, period: periods } })
      await client.flexEntry.deleteMany({ where: { area, day } })
      await client.flexStatement.deleteMany({ where: { area, day } })
      await client.erasedFlexStatement.deleteMany({ where: { area, day } })
      for (const data of chunksOf(assets)) await client.flexAsset.createMany({ data })
      for (const data of chunksOf(entries)) await client.flexEntry.createMany({ data })
      const data = statements.map(({ statement }, position) => statementRowOf(statement, area, position))
      await client.flexStatement.createMany({ data })
    },
    { timeout: 60_000 },
  )
}

/** Every leaf of the order and period, ascending by member. */
export async function readAssets(store: Store, orderId: number, period: DeliveryPeriod): Promise<PlacedAsset[]> {
  return assetsWhere(store, { orderId, period })
}

/** The members' leaves from the first period to the last one, inclusive; ascending by order, period and member. */
export async function assetsOfMembers(
  store: Store,
  memberIds: readonly number[],
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<PlacedAsset[]> {
  return assetsWhere(store, { memberId: { in: [...memberIds] }, period: { gte: first, lte: last } })
}

/** A day's statements, ascending by member. */
export async function readPlacedStatements(store: Store, { area, day }: FlexDay): Promise<PlacedStatement[]> {
  const rows = await store.client.flexStatement.findMany({ where: { area, day }, orderBy: { position: 'asc' } })
  return rows.map((row) => ({ position: row.position, statement: statementOf(row) }))
}

/** The 96 entries of the member's day; none where it has no statement. */
export async function readFlexEntries(store: Store, { area, day }: FlexDay, memberId: number): Promise<FlexEntry[]> {
  const rows = await store.client.flexEntry.findMany({ where: { area, day, memberId }, orderBy: { position: 'asc' } })
  return rows.map(entryOf)
}

/** A day on which the member has a statement of flexibility, in Wh and micro-euro. */
export type FlexDayTotal = {
  readonly day: TradingDay
  readonly run: 'open' | 'committed' | 'void' | 'paid'
  readonly delivered: EnergyWh
  readonly charges: Money
  readonly credits: Money
}

/** The latest days of the member, the latest first. */
export async function listFlexDaysOf(store: Store, memberId: number, limit: number): Promise<FlexDayTotal[]> {
  const rows = await store.client.$queryRaw<
    { day: number; run: FlexDayTotal['run']; delivered: bigint; charges: bigint; credits: bigint }[]
  >`
    SELECT drawn.day, coalesce(run.state, 'open') AS run, coalesce(entries.delivered, 0)::bigint AS delivered,
      drawn.charges_micro_euro AS charges, drawn.credits_micro_euro AS credits
    FROM flex_statements AS drawn
    LEFT JOIN flex_runs AS run ON run.area = drawn.area AND run.day = drawn.day
    LEFT JOIN LATERAL (
      SELECT sum(entry.delivered_wh) AS delivered FROM flex_entries AS entry
      WHERE entry.area = drawn.area AND entry.day = drawn.day AND entry.member_id = drawn.member_id
    ) AS entries ON true
    WHERE drawn.member_id = ${memberId}
    ORDER BY drawn.day DESC LIMIT ${limit}`
  return rows.map(({ day, run, delivered, charges, credits }) => ({
    ...{ day: tradingDay(day), run, delivered: energyWh(delivered) },
    ...{ charges: money(charges), credits: money(credits) },
  }))
}

/** By member, what was asked of it and what it delivered in orders whose day is paid, the oldest first. */
export async function pastDeliveriesOf(
  store: Store,
  memberIds: readonly number[],
): Promise<Map<number, PastDelivery[]>> {
  const rows = await store.client.$queryRaw<{ memberId: number; asked: bigint; delivered: bigint }[]>`
    SELECT asset.member_id AS "memberId", asset.asked_wh AS asked, asset.delivered_wh AS delivered
    FROM flex_assets AS asset
    JOIN flex_runs AS run ON run.area = asset.area AND run.day = asset.period / 96 AND run.state = 'paid'
    WHERE asset.member_id = ANY(${[...memberIds]}) AND asset.asked_wh > 0
    ORDER BY asset.period, asset.order_id`
  const byMember = Map.groupBy(rows, ({ memberId }) => memberId)
  return new Map(
    [...byMember].map(([memberId, past]) => [
      memberId,
      past.map(({ asked, delivered }) => ({ asked: energyWh(asked), delivered: energyWh(delivered) })),
    ]),
  )
}

async function assetsWhere(store: Store, where: Prisma.FlexAssetWhereInput): Promise<PlacedAsset[]> {
  const rows = await store.client.flexAsset.findMany({
    where,
    orderBy: [{ orderId: 'asc' }, { period: 'asc' }, { position: 'asc' }],
  })
  return rows.map(assetOf)
}

function assetRowOf(
  asset: DrawnAsset,
  place: { readonly area: number; readonly orderId: number; readonly period: number; readonly position: number },
): AssetRow {
  return {
    ...place,
    memberId: asset.memberId,
    baselineWh: asset.baseline,
    realisedWh: asset.realised,
    quality: asset.quality,
    readingVersion: asset.readingVersion,
    askedWh: asset.asked,
    attributedWh: asset.attributed === OPPOSED ? null : asset.attributed,
    beforeWh: asset.before,
    missingBeforeWh: asset.missingBefore,
    deliveredWh: asset.delivered,
    revenueMicroEuro: asset.revenue,
    penaltyMicroEuro: asset.penalty,
    source: asset.baselineSource,
    salt: asset.salt,
  }
}

/** What a row says. */
export function assetOf(row: AssetRow): PlacedAsset {
  return {
    orderId: row.orderId,
    period: deliveryPeriod(row.period),
    position: row.position,
    memberId: row.memberId,
    baseline: row.baselineWh === null ? null : signedWh(row.baselineWh),
    realised: signedWh(row.realisedWh),
    quality: row.quality === 'metered' || row.quality === 'estimated' ? row.quality : 'none',
    readingVersion: row.readingVersion,
    asked: energyWh(row.askedWh),
    attributed: row.attributedWh ?? OPPOSED,
    before: energyWh(row.beforeWh),
    missingBefore: energyWh(row.missingBeforeWh),
    delivered: energyWh(row.deliveredWh),
    revenue: money(row.revenueMicroEuro),
    penalty: money(row.penaltyMicroEuro),
    baselineSource: row.source,
    source: row.source === null ? null : sourceHashOf(row.source),
    salt: row.salt,
  }
}

function entryRowOf(
  { delivered, revenue, penalty, correction, salt }: FlexEntry,
  place: { readonly area: number; readonly day: number; readonly memberId: number; readonly position: number },
): EntryRow {
  return {
    ...place,
    deliveredWh: delivered,
    revenueMicroEuro: revenue,
    penaltyMicroEuro: penalty,
    correctionMicroEuro: correction,
    salt,
  }
}

/** What a row says. */
export function entryOf(row: EntryRow): FlexEntry {
  return {
    delivered: energyWh(row.deliveredWh),
    revenue: money(row.revenueMicroEuro),
    penalty: money(row.penaltyMicroEuro),
    correction: money(row.correctionMicroEuro),
    salt: row.salt,
  }
}

function statementRowOf(statement: FlexDayStatement, area: number, position: number): FlexStatement {
  const { memberId, day, entriesRoot, charges, credits, salt } = statement
  return { area, day, position, memberId, entriesRoot, chargesMicroEuro: charges, creditsMicroEuro: credits, salt }
}

/** What a row says. */
export function statementOf(row: FlexStatement): FlexDayStatement {
  return {
    memberId: row.memberId,
    day: tradingDay(row.day),
    entriesRoot: row.entriesRoot,
    charges: money(row.chargesMicroEuro),
    credits: money(row.creditsMicroEuro),
    salt: row.salt,
  }
}

function chunksOf<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_PER_INSERT) }, (_, index) =>
    rows.slice(index * ROWS_PER_INSERT, (index + 1) * ROWS_PER_INSERT),
  )
}
