import { FLEX_DIRECTIONS, type FlexDirection } from '../../domain/flexibility/flex-direction.ts'
import type { RequestedPeriod } from '../../domain/flexibility/trading/flex-request.ts'
import { rate, tradingDay, type Rate, type TradingDay } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { Prisma, RequestProposal as ProposalRow } from '../generated/client.ts'
import { jsonColumnOf, requestedPeriodsOfJson } from './written.ts'

/** A need as the system proposes it, until a rule or a person approves it and it is on the ledger. */
export type RequestProposal = {
  /** The same for the same look at the same point. */
  readonly proposalId: string
  readonly pointId: number
  readonly productId: number
  readonly day: TradingDay
  readonly direction: FlexDirection
  readonly priceCap: Rate
  /** Ascending. */
  readonly periods: readonly RequestedPeriod[]
}

export type Verdict = 'approved' | 'rejected'

/** A proposal with what became of it. */
export type KeptProposal = RequestProposal & {
  /** Unix seconds. */
  readonly proposedAt: number
  readonly state: 'proposed' | 'approved' | 'rejected' | 'requested' | 'expired'
  /** Its number on the ledger; null before. */
  readonly requestId: number | null
  /** What a person said; null where nobody did. */
  readonly decision: { readonly verdict: Verdict; readonly decidedBy: string; readonly decidedAt: number } | null
}

/** What a person of the DSO said of a portfolio in the queue. */
export type QueueDecision = {
  readonly portfolioId: number
  readonly productId: number
  readonly pointId: number
  /** When it had asked: another request is decided anew. */
  readonly askedAt: number
  /** Why not; null where it is approved. */
  readonly refusal: string | null
  readonly decidedBy: string
  readonly decidedAt: number
}

const WAITING = ['proposed', 'approved'] as const

/** Keeps a proposal of the grid operator; `proposedAt` in unix seconds. Again without effect. */
export async function addProposal(
  store: Store,
  { proposalId, priceCap, periods, ...proposal }: RequestProposal,
  { isApproved, proposedAt }: { readonly isApproved: boolean; readonly proposedAt: number },
): Promise<void> {
  const row = {
    ...proposal,
    id: proposalId,
    priceCapMicroEuroPerKwh: priceCap,
    periods: jsonColumnOf(periods),
    proposedAt,
    state: isApproved ? 'approved' : 'proposed',
  }
  await store.client.requestProposal.createMany({ data: [row], skipDuplicates: true })
}

/** Approved by the rule or by a person, and not on the ledger yet; the oldest first. */
export async function listApprovedProposals(store: Store): Promise<RequestProposal[]> {
  const all = await proposalsWhere(store, { state: { in: [...WAITING] } })
  return all.filter(({ state }) => state === 'approved')
}

/** Those of the points, the oldest first, that ask for something on a day from `from` on. */
export function listProposals(store: Store, pointIds: readonly number[], from: TradingDay): Promise<KeptProposal[]> {
  return proposalsWhere(store, { pointId: { in: [...pointIds] }, day: { gte: from } })
}

export async function findProposal(store: Store, proposalId: string): Promise<KeptProposal | null> {
  return (await proposalsWhere(store, { id: proposalId }))[0] ?? null
}

/** Proposals that wait for a person, or for the ledger. */
export async function countOpenProposals(
  store: Store,
  { pointId, productId, day }: Pick<RequestProposal, 'pointId' | 'productId' | 'day'>,
): Promise<number> {
  const open = await proposalsWhere(store, { pointId, productId, day, state: { in: [...WAITING] } })
  return open.filter(({ state }) => state !== 'rejected').length
}

export async function noteProposalRequested(store: Store, proposalId: string, requestId: number): Promise<void> {
  await store.client.requestProposal.update({ where: { id: proposalId }, data: { state: 'requested', requestId } })
}

/** It was approved too late to be requested. */
export async function noteProposalExpired(store: Store, proposalId: string): Promise<void> {
  await store.client.requestProposal.update({ where: { id: proposalId }, data: { state: 'expired' } })
}

/** What a person says of a proposal; the first word counts. Resolves to whether it was the first. */
export async function insertProposalDecision(
  store: Store,
  proposalId: string,
  decision: NonNullable<KeptProposal['decision']>,
): Promise<boolean> {
  const data = [{ proposalId, ...decision }]
  const { count } = await store.client.proposalDecision.createMany({ data, skipDuplicates: true })
  return count === 1
}

/** What a person says of a portfolio in the queue; the first word of each request counts. Resolves to whether it was. */
export async function insertQueueDecision(store: Store, decision: QueueDecision): Promise<boolean> {
  const { count } = await store.client.queueDecision.createMany({ data: [decision], skipDuplicates: true })
  return count === 1
}

/** What was said of portfolios that wait still, the oldest first. */
export async function listQueueDecisions(store: Store): Promise<QueueDecision[]> {
  return store.client.$queryRaw<QueueDecision[]>`
    SELECT decision.portfolio_id AS "portfolioId", decision.product_id AS "productId", decision.point_id AS "pointId",
      decision.asked_at AS "askedAt", decision.refusal, decision.decided_by AS "decidedBy",
      decision.decided_at AS "decidedAt"
    FROM queue_decisions AS decision
    JOIN flex_prequalifications AS queued USING (portfolio_id, product_id, point_id, asked_at)
    WHERE queued.state = 'waiting'
    ORDER BY decision.decided_at, decision.portfolio_id, decision.product_id, decision.point_id`
}

async function proposalsWhere(store: Store, where: Prisma.RequestProposalWhereInput): Promise<KeptProposal[]> {
  const rows = await store.client.requestProposal.findMany({ where, orderBy: [{ proposedAt: 'asc' }, { id: 'asc' }] })
  const decisions = await store.client.proposalDecision.findMany({
    where: { proposalId: { in: rows.map(({ id }) => id) } },
  })
  const decisionOf = new Map(decisions.map(({ proposalId, ...decision }) => [proposalId, decision]))
  return rows.map((row) => {
    const said = decisionOf.get(row.id) ?? null
    const verdict: Verdict = said?.verdict === 'approved' ? 'approved' : 'rejected'
    return proposalOf(row, said === null ? null : { ...said, verdict })
  })
}

function proposalOf(row: ProposalRow, decision: KeptProposal['decision']): KeptProposal {
  const waiting = row.state === 'approved' ? 'approved' : (decision?.verdict ?? 'proposed')
  return {
    proposalId: row.id,
    pointId: row.pointId,
    productId: row.productId,
    day: tradingDay(row.day),
    direction: FLEX_DIRECTIONS.find((direction) => direction === row.direction) ?? FLEX_DIRECTIONS[0],
    priceCap: rate(row.priceCapMicroEuroPerKwh),
    periods: requestedPeriodsOfJson(row.periods),
    proposedAt: row.proposedAt,
    state: row.state === 'requested' || row.state === 'expired' ? row.state : waiting,
    requestId: row.requestId,
    decision,
  }
}
