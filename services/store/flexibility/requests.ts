import type { EntityAddress } from '../../domain/flexibility/trading/entity-address.ts'
import type { FlexOffer, FlexOption } from '../../domain/flexibility/trading/flex-offer.ts'
import type { FlexRequest } from '../../domain/flexibility/trading/flex-request.ts'
import { rate, type DeliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { FlexOffer as OfferRow, FlexRequest as RequestRow, Prisma } from '../generated/client.ts'
import { optionsOfJson, requestedPeriodsOfJson } from './written.ts'

/** A request as the ledger has it; the rules call it, its product and its contract by the ledger's numbers as text. */
export type MadeRequest = {
  readonly requestId: number
  readonly pointId: number
  readonly productId: number
  readonly reservationId: number | null
  readonly supersedes: number | null
  readonly state: 'open' | 'superseded' | 'cancelled'
  /** Unix seconds, until which offers are opened. */
  readonly revealUntil: number
  readonly requestedAt: number
  readonly requestedTransaction: string
  /** What decides between equal offers, 0x-hex; null before the first one is opened. */
  readonly seed: string | null
  readonly request: FlexRequest
}

/** An offer as the ledger has it. */
export type MadeOffer = {
  readonly offerId: number
  readonly requestId: number
  readonly portfolioId: number
  readonly state: 'sealed' | 'opened' | 'revoked' | 'ordered'
  readonly commitment: string
  readonly sealedAt: number
  readonly openedAt: number | null
  /** What was sealed; null where it was not opened. */
  readonly opened: {
    readonly expiresAt: number
    readonly options: readonly Omit<FlexOption, 'reference'>[]
    readonly salt: string
  } | null
  /** The same in the words of the rules: the references of options are their places from 0. */
  readonly offer: FlexOffer | null
}

export type RequestFilter = {
  readonly area?: number
  readonly pointId?: number
  readonly productId?: number
  readonly state?: MadeRequest['state']
  /** Requests that ask for something in a period from here on. */
  readonly from?: DeliveryPeriod
  readonly limit?: number
}

const MOST_REQUESTS = 1_000

/** Requests that take offers at `now` (unix seconds), ascending. */
export async function listOpenRequests(store: Store, area: number, now: number): Promise<MadeRequest[]> {
  const points = await pointsOf(store, area)
  const rows = await store.client.flexRequest.findMany({
    where: { pointId: { in: points }, state: 'open', expiresAt: { gt: now } },
    orderBy: { id: 'asc' },
  })
  return madeRequestsOf(store, rows)
}

/** The latest requests, the newest first; at most 1,000. */
export async function listRequests(store: Store, filter: RequestFilter): Promise<MadeRequest[]> {
  const { area, from, limit, ...where } = filter
  const conditions: Prisma.FlexRequestWhereInput[] = [where]
  if (area !== undefined) conditions.push({ pointId: { in: await pointsOf(store, area) } })
  if (from !== undefined) conditions.push({ lastPeriod: { gte: from } })
  const rows = await store.client.flexRequest.findMany({
    where: { AND: conditions },
    orderBy: { id: 'desc' },
    take: Math.min(limit ?? MOST_REQUESTS, MOST_REQUESTS),
  })
  return madeRequestsOf(store, rows)
}

export async function findFlexRequest(store: Store, requestId: number): Promise<MadeRequest | null> {
  const row = await store.client.flexRequest.findUnique({ where: { id: requestId } })
  return row === null ? null : (await madeRequestsOf(store, [row]))[0]!
}

/** Ascending by number. */
export async function listOffersOfRequest(store: Store, requestId: number): Promise<MadeOffer[]> {
  const rows = await store.client.flexOffer.findMany({ where: { requestId }, orderBy: { id: 'asc' } })
  return madeOffersOf(store, rows)
}

/** Of the portfolio, for requests that ask for something in a period from `from` on; ascending by number. */
export async function listOffersOfPortfolio(
  store: Store,
  portfolioId: number,
  from: DeliveryPeriod,
): Promise<MadeOffer[]> {
  const requests = await store.client.flexRequest.findMany({
    where: { lastPeriod: { gte: from } },
    select: { id: true },
  })
  const rows = await store.client.flexOffer.findMany({
    where: { portfolioId, requestId: { in: requests.map(({ id }) => id) } },
    orderBy: { id: 'asc' },
  })
  return madeOffersOf(store, rows)
}

export async function findFlexOffer(store: Store, offerId: number): Promise<MadeOffer | null> {
  const row = await store.client.flexOffer.findUnique({ where: { id: offerId } })
  return row === null ? null : (await madeOffersOf(store, [row]))[0]!
}

async function pointsOf(store: Store, area: number): Promise<number[]> {
  return (await store.client.congestionPoint.findMany({ where: { area }, select: { id: true } })).map(({ id }) => id)
}

async function madeRequestsOf(store: Store, rows: readonly RequestRow[]): Promise<MadeRequest[]> {
  const points = await store.client.congestionPoint.findMany({ where: { id: { in: rows.map((row) => row.pointId) } } })
  const addressOf = new Map(points.map(({ id, entityAddress }) => [id, entityAddress as EntityAddress]))
  return rows.map((row) => ({
    requestId: row.id,
    pointId: row.pointId,
    productId: row.productId,
    reservationId: row.reservationId,
    supersedes: row.supersedes,
    state: row.state === 'superseded' || row.state === 'cancelled' ? row.state : 'open',
    revealUntil: Number(row.revealUntil),
    requestedAt: row.requestedAt,
    requestedTransaction: row.requestedTransaction,
    seed: row.seed,
    request: {
      id: String(row.id),
      congestionPoint: addressOf.get(row.pointId)!,
      product: String(row.productId),
      contract: row.reservationId === null ? null : String(row.reservationId),
      revision: row.revision,
      expiresAt: Number(row.expiresAt),
      priceCap: rate(row.priceCapMicroEuroPerKwh),
      periods: requestedPeriodsOfJson(row.periods),
    },
  }))
}

async function madeOffersOf(store: Store, rows: readonly OfferRow[]): Promise<MadeOffer[]> {
  const ids = [...new Set(rows.map(({ requestId }) => requestId))]
  const requests = await madeRequestsOf(store, await store.client.flexRequest.findMany({ where: { id: { in: ids } } }))
  const requestOf = new Map(requests.map((made) => [made.requestId, made.request]))
  return rows.map((row) => madeOfferOf(row, requestOf.get(row.requestId)!))
}

function madeOfferOf(row: OfferRow, request: FlexRequest): MadeOffer {
  const { id: offerId, requestId, portfolioId, commitment, sealedAt, openedAt, expiresAt, options, salt } = row
  const isOpened = expiresAt !== null && options !== null && salt !== null
  const opened = isOpened ? { expiresAt: Number(expiresAt), options: optionsOfJson(options), salt } : null
  return {
    ...{ offerId, requestId, portfolioId, commitment, sealedAt, openedAt, opened },
    state: stateOf(row.state),
    offer:
      opened === null
        ? null
        : {
            id: String(offerId),
            request: request.id,
            congestionPoint: request.congestionPoint,
            contract: request.contract,
            portfolio: String(portfolioId),
            expiresAt: opened.expiresAt,
            options: opened.options.map((option, place) => ({ ...option, reference: String(place) })),
          },
  }
}

function stateOf(state: string): MadeOffer['state'] {
  return state === 'opened' || state === 'revoked' || state === 'ordered' ? state : 'sealed'
}
