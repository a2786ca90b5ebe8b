import { FLEX_DIRECTIONS, type FlexDirection } from '../../domain/flexibility/flex-direction.ts'
import type { PointForecast } from '../../domain/flexibility/forecast/point-forecast.ts'
import type { RequestedPeriod } from '../../domain/flexibility/trading/flex-request.ts'
import {
  deliveryPeriod,
  rate,
  signedW,
  tradingDay,
  type DeliveryPeriod,
  type Rate,
  type TradingDay,
} from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { jsonColumnOf, requestedPeriodsOfJson } from './written.ts'

/** A need as the system proposes it. */
export type ProposedRequest = {
  readonly proposalId: string
  readonly pointId: number
  readonly productId: number
  readonly day: TradingDay
  readonly direction: FlexDirection
  readonly priceCap: Rate
  readonly periods: readonly RequestedPeriod[]
}

/** Keeps a forecast of a congestion point, made at `madeAt` (unix seconds); again without effect. */
export async function keepForecast(
  store: Store,
  pointId: number,
  madeAt: number,
  forecasts: readonly PointForecast[],
): Promise<void> {
  await store.client.congestionForecast.createMany({
    data: forecasts.map(({ period, expected, low, high, errors }) => ({
      ...{ pointId, madeAt, period, errors },
      ...{ expectedW: Number(expected), lowW: Number(low), highW: Number(high) },
    })),
    skipDuplicates: true,
  })
}

/** Of each period from the first to the last one, inclusive, the forecast that was made first; ascending. */
export async function readFirstForecasts(
  store: Store,
  pointId: number,
  first: DeliveryPeriod,
  last: DeliveryPeriod,
): Promise<PointForecast[]> {
  const rows = await store.client.congestionForecast.findMany({
    where: { pointId, period: { gte: first, lte: last } },
    orderBy: [{ period: 'asc' }, { madeAt: 'asc' }],
    distinct: ['period'],
  })
  return rows.map(({ period, expectedW, lowW, highW, errors }) => ({
    ...{ period: deliveryPeriod(period), errors },
    ...{ expected: signedW(BigInt(expectedW)), low: signedW(BigInt(lowW)), high: signedW(BigInt(highW)) },
  }))
}

/** Again without effect. */
export async function addProposal(
  store: Store,
  proposal: ProposedRequest,
  { isApproved, proposedAt }: { readonly isApproved: boolean; readonly proposedAt: number },
): Promise<void> {
  const { proposalId: id, priceCap: priceCapMicroEuroPerKwh, periods, ...rest } = proposal
  const state = isApproved ? 'approved' : 'proposed'
  await store.client.requestProposal.createMany({
    data: [{ id, ...rest, priceCapMicroEuroPerKwh, periods: jsonColumnOf(periods), proposedAt, state }],
    skipDuplicates: true,
  })
}

/** Proposals that a rule or a person has approved and that are not on the ledger yet, the oldest first. */
export async function listApprovedProposals(store: Store): Promise<ProposedRequest[]> {
  const approved = await store.client.proposalDecision.findMany({ where: { verdict: 'approved' } })
  const rows = await store.client.requestProposal.findMany({
    where: {
      OR: [{ state: 'approved' }, { state: 'proposed', id: { in: approved.map(({ proposalId }) => proposalId) } }],
    },
    orderBy: [{ proposedAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map((row) => ({
    ...{ proposalId: row.id, pointId: row.pointId, productId: row.productId, day: tradingDay(row.day) },
    direction: FLEX_DIRECTIONS.find((direction) => direction === row.direction) ?? FLEX_DIRECTIONS[0],
    priceCap: rate(row.priceCapMicroEuroPerKwh),
    periods: requestedPeriodsOfJson(row.periods),
  }))
}

/** Proposals of the day that wait for a person or for the ledger, and that nobody has rejected. */
export async function countOpenProposals(
  store: Store,
  of: { readonly pointId: number; readonly productId: number; readonly day: TradingDay },
): Promise<number> {
  const rejected = await store.client.proposalDecision.findMany({ where: { verdict: 'rejected' } })
  return store.client.requestProposal.count({
    where: {
      ...of,
      state: { in: ['proposed', 'approved'] },
      id: { notIn: rejected.map(({ proposalId }) => proposalId) },
    },
  })
}

/** What became of an approved proposal: the request's number, or null where it was approved too late. */
export async function noteProposal(store: Store, id: string, requestId: number | null): Promise<void> {
  const state = requestId === null ? 'expired' : 'requested'
  await store.client.requestProposal.update({ where: { id }, data: { state, requestId } })
}

/** What persons of the DSO said of portfolios in the queue; the reason of a refusal. */
export async function listQueueDecisions(store: Store): Promise<
  {
    portfolioId: number
    productId: number
    pointId: number
    askedAt: number
    refusal: string | null
  }[]
> {
  return store.client.queueDecision.findMany({
    select: { portfolioId: true, productId: true, pointId: true, askedAt: true, refusal: true },
  })
}
