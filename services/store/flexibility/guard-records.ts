import type { Accuracy } from '../../domain/flexibility/baseline/accuracy.ts'
import { parseLocalDay, type LocalDay } from '../../domain/flexibility/baseline/local-calendar.ts'
import type { Finding } from '../../domain/flexibility/gaming/finding.ts'
import type { PastActivation } from '../../domain/flexibility/gaming/guarded-asset.ts'
import { powerIn, type FlexDirection } from '../../domain/flexibility/flex-direction.ts'
import type { FlexOption } from '../../domain/flexibility/trading/flex-offer.ts'
import type { FlexProduct } from '../../domain/flexibility/trading/product.ts'
import {
  deliveryPeriod,
  energyOver,
  energyWh,
  signedWh,
  type DeliveryPeriod,
  type EnergyWh,
  type SignedWh,
} from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { BaselineAccuracy as AccuracyRow } from '../generated/client.ts'
import { findPortfolio } from './portfolios.ts'
import { listOffersOfRequest, listRequests } from './requests.ts'

/** Whose finding it is, and of which product: of an asset its member, of a party that offers its aggregator. */
export type FindingKey = { readonly productId: number; readonly memberId: number }

export type AccuracyKey = FindingKey & { readonly version: string }

/** How right a method was for an asset up to the last day that is in it. */
export type KeptAccuracy = AccuracyKey & { readonly accuracy: Accuracy; readonly lastDay: LocalDay }

/** By member the activations under orders of the product in the periods, both inclusive; cancelled ones too. */
export async function readActivations(
  store: Store,
  productId: number,
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<Map<number, PastActivation[]>> {
  const rows = await store.client.$queryRaw<{ memberId: number; orderId: number; orderedAt: number; period: number }[]>`
    SELECT DISTINCT member.member_id AS "memberId", placed.id AS "orderId", placed.ordered_at AS "orderedAt",
      call.period::int AS period
    FROM flex_order_periods AS call
    JOIN flex_orders AS placed ON placed.id = call.order_id AND placed.state <> 'annulled'
    JOIN flex_memberships AS member
      ON member.portfolio_id = placed.portfolio_id AND member.product_id = placed.product_id
        AND member."from" <= call.period * 900 AND call.period * 900 < member.until
    WHERE call.ordered_w > 0 AND placed.product_id = ${productId}
      AND call.period BETWEEN ${first as number}::int AND ${last as number}::int
    ORDER BY 1, 2, 4`
  const byMember = Map.groupBy(rows, ({ memberId }) => memberId)
  return new Map(
    Array.from(byMember, ([memberId, own]) => [
      memberId,
      [...Map.groupBy(own, ({ orderId }) => orderId).values()].map((calls) => ({
        activated: calls.map(({ period }) => deliveryPeriod(period)),
        notifiedAt: calls[0]!.orderedAt,
      })),
    ]),
  )
}

/** Wh that each aggregator nominated for the members, and committed, in the periods, both inclusive. */
export async function readNominatedBy(
  store: Store,
  members: readonly number[],
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<Map<number, Map<DeliveryPeriod, SignedWh>>> {
  const rows = await store.client.$queryRaw<{ aggregator: number; period: number; energy: bigint }[]>`
    SELECT portfolio.aggregator, leaf.period, sum(leaf.baseline_wh)::bigint AS energy
    FROM nominated_baselines AS leaf
    JOIN flex_nominations AS committed
      ON committed.portfolio_id = leaf.portfolio_id AND committed.product_id = leaf.product_id
        AND committed.day = leaf.day
    JOIN flex_portfolios AS portfolio ON portfolio.id = leaf.portfolio_id
    WHERE leaf.member_id = ANY(${[...members]}::int[])
      AND leaf.period BETWEEN ${first as number}::int AND ${last as number}::int
    GROUP BY portfolio.aggregator, leaf.period`
  const byAggregator = Map.groupBy(rows, ({ aggregator }) => aggregator)
  return new Map(
    Array.from(byAggregator, ([aggregator, own]) => [
      aggregator,
      new Map(own.map(({ period, energy }) => [deliveryPeriod(period), signedWh(energy)])),
    ]),
  )
}

/** Wh that each aggregator offered in the periods, both inclusive, of exclusive options the largest; opened offers only. */
export async function readOfferedBy(
  store: Store,
  { pointId, product }: { readonly pointId: number; readonly product: FlexProduct },
  { first, last }: { readonly first: DeliveryPeriod; readonly last: DeliveryPeriod },
): Promise<Map<number, Map<DeliveryPeriod, EnergyWh>>> {
  const requests = await listRequests(store, { pointId, productId: Number(product.id), from: first })
  const offers = (await Promise.all(requests.map(({ requestId }) => listOffersOfRequest(store, requestId)))).flat()
  const offered = new Map<number, Map<DeliveryPeriod, EnergyWh>>()
  for (const { portfolioId, offer } of offers) {
    const portfolio = offer === null ? null : await findPortfolio(store, portfolioId)
    if (offer === null || portfolio === null) continue
    const own = offered.get(portfolio.aggregator) ?? new Map<DeliveryPeriod, EnergyWh>()
    offered.set(portfolio.aggregator, own)
    for (const [period, energy] of largestOf(offer.options, product.direction)) {
      if (period >= first && period <= last) own.set(period, energyWh((own.get(period) ?? 0n) + energy))
    }
  }
  return offered
}

function largestOf(options: readonly FlexOption[], direction: FlexDirection): Map<DeliveryPeriod, EnergyWh> {
  const largest = new Map<DeliveryPeriod, EnergyWh>()
  for (const { period, power } of options.flatMap(({ periods }) => periods)) {
    const energy = energyOver(powerIn(direction, power))
    if (energy > (largest.get(period) ?? 0n)) largest.set(period, energy)
  }
  return largest
}

/** Keeps what a guard found, `foundAt` in unix seconds; the same suspicion up to the same day again without effect. */
export async function keepFinding(store: Store, key: FindingKey, finding: Finding, foundAt: number): Promise<void> {
  const { kind, rule, observations } = finding
  const day = observations.reduce((last, one) => (one.day > last ? one.day : last), '')
  const evidence = JSON.stringify(finding, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  await store.client.flexFinding.createMany({
    data: [{ ...key, kind, rule, day, foundAt, evidence }],
    skipDuplicates: true,
  })
}

/** What was found, as it is kept. */
export type KeptFinding = FindingKey &
  Pick<Finding, 'kind' | 'rule'> & {
    readonly day: LocalDay
    /** Unix seconds. */
    readonly foundAt: number
    /** The finding, amounts as text. */
    readonly evidence: Readonly<Record<string, unknown>>
  }

/** Of the products, what was found last first. */
export async function listFindings(store: Store, productIds: readonly number[], limit: number): Promise<KeptFinding[]> {
  const rows = await store.client.flexFinding.findMany({
    where: { productId: { in: [...productIds] } },
    orderBy: [{ foundAt: 'desc' }, { day: 'desc' }, { productId: 'asc' }, { memberId: 'asc' }, { kind: 'asc' }],
    take: limit,
  })
  return rows.map(({ kind, rule, day, evidence, ...row }) => ({
    ...row,
    kind: kind as Finding['kind'],
    rule: rule === 'excessive' ? 'excessive' : 'repeated',
    day: parseLocalDay(day),
    evidence: JSON.parse(evidence) as Record<string, unknown>,
  }))
}

/** Of the products, by product, member and method. */
export async function listAccuracies(store: Store, productIds: readonly number[]): Promise<KeptAccuracy[]> {
  const rows = await store.client.baselineAccuracy.findMany({
    where: { productId: { in: [...productIds] } },
    orderBy: [{ productId: 'asc' }, { memberId: 'asc' }, { version: 'asc' }],
  })
  return rows.map(keptAccuracyOf)
}

/** Erases what the guards and trials of baselines say of members who wished it; resolves to whether there was anything. */
export async function eraseOwnGuardRecords(store: Store): Promise<boolean> {
  const [findings, accuracies] = await store.client.$transaction([
    store.client.$executeRaw`
      DELETE FROM flex_findings AS finding USING erasures AS wish WHERE finding.member_id = wish.member_id`,
    store.client.$executeRaw`
      DELETE FROM baseline_accuracies AS tried USING erasures AS wish WHERE tried.member_id = wish.member_id`,
  ])
  return findings + accuracies > 0
}

/** How right a method was for an asset up to the last day that is in it; null where it was not tried yet. */
export async function readAccuracy(
  store: Store,
  key: AccuracyKey,
): Promise<{ readonly accuracy: Accuracy; readonly lastDay: LocalDay } | null> {
  const row = await store.client.baselineAccuracy.findUnique({ where: { productId_memberId_version: key } })
  if (row === null) return null
  const { accuracy, lastDay } = keptAccuracyOf(row)
  return { accuracy, lastDay }
}

function keptAccuracyOf({ productId, memberId, version, lastDay, ...row }: AccuracyRow): KeptAccuracy {
  const { days, refusedDays, periods } = row
  const sums = { error: BigInt(row.error), squaredError: BigInt(row.squaredError), flow: BigInt(row.flow) }
  const accuracy = { days, refusedDays, periods, ...sums }
  return { productId, memberId, version, accuracy, lastDay: parseLocalDay(lastDay) }
}

export async function keepAccuracy(
  store: Store,
  key: AccuracyKey,
  { days, refusedDays, periods, error, squaredError, flow }: Accuracy,
  lastDay: LocalDay,
): Promise<void> {
  const sums = { error: String(error), squaredError: String(squaredError), flow: String(flow) }
  const row = { days, refusedDays, periods, ...sums, lastDay }
  await store.client.baselineAccuracy.upsert({
    where: { productId_memberId_version: key },
    create: { ...key, ...row },
    update: row,
  })
}
