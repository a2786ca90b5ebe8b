import type { Nomination } from '../../domain/flexibility/baseline/nomination.ts'
import type { FlexDay } from '../../domain/flexibility/settlement/flex-day.ts'
import { OPPOSED } from '../../domain/flexibility/settlement/flex-leaves.ts'
import {
  deliveryPeriod,
  firstPeriodOf,
  lastPeriodOf,
  signedWh,
  type DeliveryPeriod,
  type EnergyWh,
  type Money,
  type TradingDay,
} from '../../domain/units.ts'
import type { Store } from '../connect.ts'

/** Puts a day's leaves in the place of what was drawn before, all or none; sources are 0x-hex, by call and member. */
export async function replaceFlexDay(
  store: Store,
  area: number,
  day: TradingDay,
  { calls, statements }: Pick<FlexDay, 'calls' | 'statements'>,
  sourceOf: (orderId: number, period: DeliveryPeriod, memberId: number) => string | null,
): Promise<void> {
  const ofDay = { area, period: { gte: firstPeriodOf(day), lte: lastPeriodOf(day) } }
  const assets = calls.flatMap(({ orderId, period, assets: leaves }) =>
    leaves.map((leaf, position) => ({
      ...{ orderId, period, position, area, memberId: leaf.memberId, quality: leaf.quality, salt: leaf.salt },
      ...{ baselineWh: leaf.baseline, realisedWh: leaf.realised, readingVersion: leaf.readingVersion },
      ...{ askedWh: leaf.asked, attributedWh: leaf.attributed === OPPOSED ? null : leaf.attributed },
      ...{ beforeWh: leaf.before, missingBeforeWh: leaf.missingBefore, deliveredWh: leaf.delivered },
      ...{ revenueMicroEuro: leaf.revenue, penaltyMicroEuro: leaf.penalty },
      source: sourceOf(orderId, period, leaf.memberId),
    })),
  )
  const entries = statements.flatMap(({ memberId, entries: leaves }) =>
    leaves.map((leaf, position) => ({
      ...{ area, day, memberId, position, salt: leaf.salt, deliveredWh: leaf.delivered },
      ...{ revenueMicroEuro: leaf.revenue, penaltyMicroEuro: leaf.penalty, correctionMicroEuro: leaf.correction },
    })),
  )
  const rows = statements.map(({ memberId, entriesRoot, charges, credits, salt }, position) => ({
    ...{ area, day, position, memberId, entriesRoot, salt },
    ...{ chargesMicroEuro: charges, creditsMicroEuro: credits },
  }))
  await store.client.$transaction([
    store.client.flexAsset.deleteMany({ where: ofDay }),
    store.client.flexEntry.deleteMany({ where: { area, day } }),
    store.client.flexStatement.deleteMany({ where: { area, day } }),
    store.client.flexAsset.createMany({ data: assets }),
    store.client.flexEntry.createMany({ data: entries }),
    store.client.flexStatement.createMany({ data: rows }),
  ])
}

/** What the portfolio's aggregator committed for the day, by member; none where it did not, or its leaves are not kept. */
export async function readNominations(
  store: Store,
  memberIds: readonly number[],
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<PlacedAsset[]> {
  return assetsWhere(store, { memberId: { in: [...memberIds] }, period: { gte: first, lte: last } })
}

/** A day's statements, ascending by member. */
export async function readFlexStatements(store: Store, { area, day }: FlexDay): Promise<FlexDayStatement[]> {
  const rows = await store.client.flexStatement.findMany({ where: { area, day }, orderBy: { position: 'asc' } })
  return rows.map(statementOf)
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
    Array.from(byMember, ([memberId, own]) => [
      memberId,
      {
        ...{ revision: 0, committedAt: nomination.committedAt },
        flows: new Map(own.map(({ period, baselineWh }) => [deliveryPeriod(period), signedWh(baselineWh)])),
      },
    ]),
  )
}

/** What was nominated for members in the periods from the first to the last one, inclusive, and is on the ledger, by member. */
export async function readNominatedFlows(
  store: Store,
  members: readonly number[],
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<Map<number, Map<DeliveryPeriod, ReturnType<typeof signedWh>>>> {
  const rows = await store.client.$queryRaw<{ memberId: number; period: number; baseline: bigint }[]>`
    SELECT leaf.member_id AS "memberId", leaf.period, leaf.baseline_wh AS baseline
    FROM nominated_baselines AS leaf JOIN flex_nominations AS committed
      ON committed.portfolio_id = leaf.portfolio_id AND committed.product_id = leaf.product_id
        AND committed.day = leaf.day
    WHERE leaf.member_id = ANY(${[...members]}::int[])
      AND leaf.period BETWEEN ${first as number}::int AND ${last as number}::int`
  const flows = new Map<number, Map<DeliveryPeriod, ReturnType<typeof signedWh>>>()
  for (const { memberId, period, baseline } of rows) {
    const own = flows.get(memberId) ?? new Map<DeliveryPeriod, ReturnType<typeof signedWh>>()
    flows.set(memberId, own.set(deliveryPeriod(period), signedWh(baseline)))
  }
  return flows
}

/** Of the members, the periods from the first to the last one, inclusive, in which a portfolio of theirs was called. */
export async function readCalledPeriods(
  store: Store,
  members: readonly number[],
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<Map<number, DeliveryPeriod[]>> {
  const rows = await store.client.$queryRaw<{ memberId: number; period: number }[]>`
    SELECT DISTINCT member.member_id AS "memberId", call.period::int AS period
    FROM flex_order_periods AS call
    JOIN flex_orders AS placed ON placed.id = call.order_id AND placed.state <> 'annulled'
    JOIN flex_memberships AS member
      ON member.portfolio_id = placed.portfolio_id AND member.product_id = placed.product_id
        AND member."from" <= call.period * 900 AND call.period * 900 < member.until
    WHERE call.ordered_w > 0 AND member.member_id = ANY(${[...members]}::int[])
      AND call.period BETWEEN ${first as number}::int AND ${last as number}::int
    ORDER BY 1, 2`
  const byMember = Map.groupBy(rows, ({ memberId }) => memberId)
  return new Map(Array.from(byMember, ([memberId, own]) => [memberId, own.map(({ period }) => deliveryPeriod(period))]))
}

type WrittenSchedule = readonly { readonly period: number; readonly movedW: number }[]

/** W that were dispatched to members in the product's direction for an order in a period, of what was not given up. */
export async function readDispatchedPower(
  store: Store,
  orderId: number,
  period: DeliveryPeriod,
): Promise<Map<number, bigint>> {
  const rows = await store.client.flexDispatch.findMany({
    where: { orderId, state: { notIn: ['failed', 'replaced', 'released'] } },
    select: { memberId: true, schedule: true },
  })
  const asked = new Map<number, bigint>()
  for (const { memberId, schedule } of rows) {
    for (const one of schedule as unknown as WrittenSchedule) {
      if (one.period !== period || one.movedW <= 0) continue
      asked.set(memberId, (asked.get(memberId) ?? 0n) + BigInt(Math.round(one.movedW)))
    }
  }
  return asked
}
