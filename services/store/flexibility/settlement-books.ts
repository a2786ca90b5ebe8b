import type { Nomination } from '../../domain/flexibility/baseline/nomination.ts'
import { deliveryPeriod, signedWh, type DeliveryPeriod, type TradingDay } from '../../domain/units.ts'
import type { Store } from '../connect.ts'

/** What the portfolio's aggregator committed for the day, by member; none where it did not, or its leaves are not kept. */
export async function readNominations(
  store: Store,
  of: { readonly portfolioId: number; readonly productId: number; readonly day: TradingDay },
): Promise<Map<number, Nomination>> {
  const [nomination, leaves] = await Promise.all([
    store.client.flexNomination.findFirst({ where: of }),
    store.client.nominatedBaseline.findMany({ where: of, orderBy: { position: 'asc' } }),
  ])
  if (nomination === null) return new Map()
  const byMember = Map.groupBy(leaves, ({ memberId }) => memberId)
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
