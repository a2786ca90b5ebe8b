import { commitmentOf } from '../chain/flex-requests.ts'
import { DomainError } from '../domain/errors.ts'
import { powerIn } from '../domain/flexibility/flex-direction.ts'
import { offersOfPool, type PoolAsset, type PoolRequest } from '../domain/flexibility/pool/pool-offer.ts'
import { firstRequestedOf, needOf } from '../domain/flexibility/trading/flex-request.ts'
import { endOf, powerW, startOf, type PowerW } from '../domain/units.ts'
import type { SealedOffer } from '../store/flexibility/sealed-offers.ts'
import type { AnsweredRequest, OfferOnLedger, OwnPortfolio } from './market.ts'
import type { Operation } from './operation.ts'
import { readPool } from './pool.ts'

/** For so long after offers are opened they may be ordered at most: then their devices are free for other requests. */
const ORDERING_SECONDS = 3_600

/** An offer of the portfolio that may be ordered still, or is. */
export type StandingOffer = SealedOffer & { readonly productId: number; readonly pointId: number }

/** What a portfolio is prequalified for at the request's point now; 0 for nothing. */
async function readPrequalified(
  { market, clock }: Operation,
  { portfolioId }: OwnPortfolio,
  { productId, pointId }: AnsweredRequest,
): Promise<{ readonly power: PowerW; readonly effectPpm: number }> {
  const found = await market.findPrequalification({ portfolioId, productId, pointId })
  const now = clock.now()
  const holds = found !== null && found.power > 0n && now >= found.from && now < found.until
  return holds ? { power: found.power, effectPpm: found.effectPpm } : { power: powerW(0n), effectPpm: 0 }
}

/** The request in the words of the pool, with what standing offers leave of the prequalified power. */
export async function poolRequestOf(
  operation: Operation,
  portfolio: OwnPortfolio,
  request: AnsweredRequest,
  standing: readonly StandingOffer[],
): Promise<PoolRequest> {
  const { power, effectPpm } = await readPrequalified(operation, portfolio, request)
  const { productId, pointId, product, periods, priceCap } = request
  const others = standing.filter((offer) => offer.productId === productId && offer.pointId === pointId)
  const used = periods.reduce((most, { period }) => {
    const offered = others.reduce((sum, { offer }) => sum + largestIn(offer.options, period, product.direction), 0n)
    return offered > most ? offered : most
  }, 0n)
  return { product, periods, priceCap, effectPpm, prequalified: powerW(power > used ? power - used : 0n) }
}

function largestIn(
  options: SealedOffer['offer']['options'],
  period: number,
  direction: AnsweredRequest['product']['direction'],
): bigint {
  return options.reduce((largest, { periods }) => {
    const found = periods.find((one) => one.period === period)
    const along = found === undefined ? 0n : powerIn(direction, found.power)
    return along > largest ? along : largest
  }, 0n)
}

/** What a device has to make up for after an offer, or to save for it, is done within half a day. */
const PERIODS_APART = 48

/** Devices of the portfolio that may answer the request: none that stands behind another offer for about the same time. */
export async function readFreePool(
  operation: Operation,
  { portfolioId }: OwnPortfolio,
  request: AnsweredRequest,
  standing: readonly StandingOffer[],
): Promise<readonly PoolAsset[]> {
  const { productId, pointId } = request
  const firstPeriod = firstRequestedOf(request)
  const members = await operation.market.listMembers(portfolioId, productId, startOf(firstPeriod), pointId)
  const pool = await readPool(operation, { portfolioId, productId, members, firstPeriod })
  const asked = spanOf(request.periods.filter((period) => needOf(period) !== null))
  const bound = new Set(
    standing.flatMap(({ backing, offer }) => {
      const offered = spanOf(offer.options.flatMap(({ periods }) => periods))
      const isNear = offered.first - PERIODS_APART <= asked.last && asked.first <= offered.last + PERIODS_APART
      return isNear ? backing : []
    }),
  )
  return pool.filter(({ flexibility }) => !bound.has(flexibility.device))
}

function spanOf(items: readonly { readonly period: number }[]): { readonly first: number; readonly last: number } {
  const periods = items.map(({ period }) => period)
  return { first: Math.min(...periods), last: Math.max(...periods) }
}

/** The offers that the portfolio makes, each with a salt of its own; none where it has nothing to offer, or at no price. */
export async function drawOffers(
  operation: Operation,
  portfolio: OwnPortfolio,
  request: AnsweredRequest,
  standing: readonly StandingOffer[],
): Promise<readonly SealedOffer[]> {
  const { clock, settings, drawSalt, log } = operation
  const { requestId, product } = request
  const { portfolioId, feePermille, area } = portfolio
  const asked = await poolRequestOf(operation, portfolio, request, standing)
  if (asked.prequalified === 0n) return []
  const assets = await readFreePool(operation, portfolio, request, standing)
  const compensation = await operation.readCompensation(area, firstRequestedOf(request))
  const latest = startOf(firstRequestedOf(request)) - product.activationLeadSeconds
  const expiresAt = Math.min(latest, request.revealUntil + ORDERING_SECONDS)
  try {
    return offersOfPool(assets, asked, { ...settings, feePermille, compensation }).map(({ devices, options }) => {
      const offer = { expiresAt, options, salt: drawSalt() }
      const commitment = commitmentOf(requestId, portfolioId, offer)
      return { commitment, requestId, portfolioId, offer, backing: devices, drawnAt: clock.now(), offerId: null }
    })
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'pool-fee-covers-nothing') throw error
    log.warn({ portfolioId, requestId, code: error.code }, `portfolio ${portfolioId} offers nothing: ${error.message}`)
    return []
  }
}

/** Those of the sealed offers that may be ordered still, or are and not over. */
export function standingOffers(
  sealed: readonly SealedOffer[],
  offers: readonly OfferOnLedger[],
  requests: readonly AnsweredRequest[],
  now: number,
): readonly StandingOffer[] {
  const stateOf = new Map(offers.map(({ commitment, state }) => [commitment, state]))
  const requestOf = new Map(requests.map((request) => [request.requestId, request]))
  return sealed.flatMap((offer) => {
    const request = requestOf.get(offer.requestId)
    if (request === undefined) return []
    const { productId, pointId } = request
    const state = stateOf.get(offer.commitment) ?? 'sealed'
    const isOrderable = request.isOpen && offer.offer.expiresAt > now
    const lasts = endOf(request.periods.at(-1)!.period) > now
    return state === 'ordered'
      ? lasts
        ? [{ ...offer, productId, pointId }]
        : []
      : state !== 'revoked' && isOrderable
        ? [{ ...offer, productId, pointId }]
        : []
  })
}
