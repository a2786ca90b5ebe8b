import type { PortfolioMembership } from '../../domain/flexibility/conflict/portfolio-membership.ts'
import type { Prequalification } from '../../domain/flexibility/conflict/prequalification.ts'
import { powerW, type PowerW } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { FlexMembership, FlexPrequalification, Prisma } from '../generated/client.ts'

export type OpenedPortfolio = {
  readonly portfolioId: number
  readonly area: number
  /** The member that opened it. */
  readonly aggregator: number
  readonly name: string
  /** Thousandths of what is paid for delivery that the aggregator keeps. */
  readonly feePermille: number
  readonly split: 'by-delivery' | 'shapley'
}

/** A member's consent. The asset of the rules is the member's number as text. */
export type MemberConsent = PortfolioMembership & {
  readonly memberId: number
  readonly portfolioId: number
  readonly productId: number
  /** Exclusive. */
  readonly until: number
  /** Salted digest, 0x-hex. */
  readonly consent: string
}

/** A portfolio in a DSO's queue, or out of it. */
export type QueuedPortfolio = {
  readonly portfolioId: number
  readonly productId: number
  readonly pointId: number
  readonly state: 'waiting' | 'prequalified' | 'rejected'
  /** What was asked for last, and when (unix seconds). */
  readonly asked: PowerW
  readonly askedAt: number
  /** Digest of what was shown for it, 0x-hex. */
  readonly evidence: string
  /** What is prequalified, also while a renewal waits; null for nothing. */
  readonly prequalification: (Prequalification & { readonly effectPpm: number }) | null
  /** Why it was rejected. */
  readonly reason: string | null
}

export type QueueFilter = {
  readonly area?: number
  readonly portfolioId?: number
  readonly productId?: number
  readonly pointId?: number
  readonly state?: QueuedPortfolio['state']
}

/** Portfolios of the area, or of the aggregator, ascending. */
export async function listPortfolios(
  store: Store,
  where: { readonly area?: number; readonly aggregator?: number },
): Promise<OpenedPortfolio[]> {
  const rows = await store.client.flexPortfolio.findMany({ where, orderBy: { id: 'asc' } })
  return rows.map(({ id, split, ...row }) => ({ portfolioId: id, ...row, split: splitOf(split) }))
}

export async function findPortfolio(store: Store, portfolioId: number): Promise<OpenedPortfolio | null> {
  const row = await store.client.flexPortfolio.findUnique({ where: { id: portfolioId } })
  if (row === null) return null
  const { id, split, ...rest } = row
  return { portfolioId: id, ...rest, split: splitOf(split) }
}

/** The members that are in the portfolio for the product at the time (unix seconds), ascending. */
export async function membersOfPortfolioAt(
  store: Store,
  { portfolioId, productId, at }: { readonly portfolioId: number; readonly productId: number; readonly at: number },
): Promise<number[]> {
  const rows = await store.client.flexMembership.findMany({
    where: { portfolioId, productId, from: { lte: at }, until: { gt: at } },
    orderBy: { memberId: 'asc' },
    distinct: ['memberId'],
    select: { memberId: true },
  })
  return rows.map(({ memberId }) => memberId)
}

/** Every consent of the members that was ever given, in the sequence in which they were. */
export async function consentsOfMembers(store: Store, memberIds: readonly number[]): Promise<MemberConsent[]> {
  return consentsWhere(store, { memberId: { in: [...memberIds] } })
}

/** Every consent that was ever given to the portfolio, in the sequence in which they were. */
export async function consentsOfPortfolio(store: Store, portfolioId: number): Promise<MemberConsent[]> {
  return consentsWhere(store, { portfolioId })
}

/** Portfolios in the queue and out of it, those that asked first at the front. */
export async function listPrequalifications(store: Store, filter: QueueFilter): Promise<QueuedPortfolio[]> {
  const { area, ...where } = filter
  const ofArea =
    area === undefined
      ? {}
      : { portfolioId: { in: (await listPortfolios(store, { area })).map((one) => one.portfolioId) } }
  const rows = await store.client.flexPrequalification.findMany({
    where: { AND: [where, ofArea] },
    orderBy: [{ askedAt: 'asc' }, { portfolioId: 'asc' }, { productId: 'asc' }, { pointId: 'asc' }],
  })
  return rows.map(queuedOf)
}

/** Those of the portfolio. */
export function prequalificationsOf(store: Store, portfolioId: number): Promise<QueuedPortfolio[]> {
  return listPrequalifications(store, { portfolioId })
}

async function consentsWhere(store: Store, where: Prisma.FlexMembershipWhereInput): Promise<MemberConsent[]> {
  const rows = await store.client.flexMembership.findMany({
    where,
    orderBy: [{ blockNumber: 'asc' }, { logIndex: 'asc' }],
  })
  return rows.map(consentOf)
}

function consentOf({ memberId, portfolioId, productId, from, until, consent }: FlexMembership): MemberConsent {
  return {
    ...{ memberId, portfolioId, productId, consent },
    asset: String(memberId),
    service: String(productId),
    portfolio: String(portfolioId),
    from: Number(from),
    until: Number(until),
  }
}

function queuedOf(row: FlexPrequalification): QueuedPortfolio {
  const { portfolioId, productId, pointId, state, askedAt, evidence, reason, powerW: power } = row
  return {
    ...{ portfolioId, productId, pointId, askedAt, evidence, reason },
    state: state === 'waiting' || state === 'rejected' ? state : 'prequalified',
    asked: powerW(row.askedW),
    prequalification:
      power === 0n
        ? null
        : {
            portfolio: String(portfolioId),
            product: String(productId),
            power: powerW(power),
            effectPpm: Number(row.effectPpm),
            from: Number(row.from),
            until: Number(row.until),
          },
  }
}

function splitOf(split: string): OpenedPortfolio['split'] {
  return split === 'shapley' ? 'shapley' : 'by-delivery'
}
