import { openOfferCall, sealOfferCall } from '../chain/flex-requests.ts'
import { revokeOfferCall } from '../chain/flex-orders.ts'
import type { Call } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { coversOption } from '../domain/flexibility/pool/pool-offer.ts'
import { firstRequestedOf } from '../domain/flexibility/trading/flex-request.ts'
import type { SealedOffer } from '../store/flexibility/sealed-offers.ts'
import type { AnsweredRequest, OfferOnLedger, OwnPortfolio } from './market.ts'
import { drawOffers, poolRequestOf, readFreePool, standingOffers, type StandingOffer } from './offer-drawing.ts'
import type { Operation } from './operation.ts'

/** A request with the portfolio's offers for it, kept and on the ledger. */
type Answer = {
  readonly portfolio: OwnPortfolio
  readonly request: AnsweredRequest
  readonly sealed: readonly SealedOffer[]
  readonly offers: readonly OfferOnLedger[]
  /** Of the portfolio, for whichever request. */
  readonly standing: readonly StandingOffer[]
}

/**
 * Answers requests for the aggregator's portfolios: draws offers, keeps them with their salts and then seals them; opens them
 * once the request has expired; takes back those whose devices do not suffice any more. Whatever it is killed over, an offer is sealed as it was kept, and opened.
 */
export function createOffering(operation: Operation): () => Promise<boolean> {
  const { market, records, clock } = operation
  /** Requests for which there was nothing to offer, by portfolio. */
  const declined = new Set<string>()
  /** Commitments that the ledger refused for good. */
  const refused = new Set<string>()

  const answer = async (portfolio: OwnPortfolio): Promise<void> => {
    const { portfolioId } = portfolio
    const now = clock.now()
    const requests = await market.listRequests(portfolioId, now)
    const ids = requests.map(({ requestId }) => requestId)
    const [sealed, offers] = await Promise.all([
      records.listSealed(portfolioId, ids),
      market.listOffers(portfolioId, ids),
    ])
    const kept = [...sealed]
    for (const request of requests) {
      const standing = standingOffers(kept, offers, requests, now)
      const isOf = ({ requestId }: { readonly requestId: number }) => requestId === request.requestId
      const own = { portfolio, request, sealed: kept.filter(isOf), offers: offers.filter(isOf), standing }
      const drawn = await draw(own)
      kept.push(...drawn)
      const whole = { ...own, sealed: [...own.sealed, ...drawn] }
      for (const step of [noteIds, seal, open, revoke]) await step(whole)
    }
  }

  const draw = async ({ portfolio, request, sealed, standing }: Answer): Promise<readonly SealedOffer[]> => {
    const key = `${portfolio.portfolioId}:${request.requestId}`
    if (!request.isOpen || clock.now() >= request.expiresAt || sealed.length > 0 || declined.has(key)) return []
    const drawn = await drawOffers(operation, portfolio, request, standing)
    if (drawn.length > 0) await records.keepSealed(drawn)
    else declined.add(key)
    return drawn
  }

  const noteIds = async ({ sealed, offers }: Answer): Promise<void> => {
    for (const { commitment, offerId } of sealed) {
      const found = offers.find((offer) => offer.commitment === commitment)
      if (offerId === null && found !== undefined) await records.noteOfferId(commitment, found.offerId)
    }
  }

  const sendUnlessRefused = async (offer: SealedOffer, purpose: string, call: Call): Promise<void> => {
    try {
      await operation.sender.send(`${purpose}:${offer.commitment}`, call)
    } catch (error) {
      if (!(error instanceof DomainError) || !error.code.startsWith('flex-')) throw error
      const { requestId, portfolioId } = offer
      operation.log.warn({ requestId, portfolioId, code: error.code }, `an offer cannot be used: ${error.message}`)
      refused.add(`${purpose}:${offer.commitment}`)
    }
  }
  const isRefused = (purpose: string, { commitment }: SealedOffer) => refused.has(`${purpose}:${commitment}`)

  const seal = async ({ request, sealed, offers }: Answer): Promise<void> => {
    if (!request.isOpen) return
    const isOnLedger = ({ commitment }: SealedOffer) => offers.some((offer) => offer.commitment === commitment)
    if (clock.now() < request.expiresAt) {
      for (const offer of sealed) {
        if (offer.offerId !== null || isOnLedger(offer) || isRefused('seal-offer', offer)) continue
        const { requestId, portfolioId, commitment } = offer
        await sendUnlessRefused(offer, 'seal-offer', sealOfferCall(requestId, portfolioId, commitment))
      }
    }
    operation.announce.sealed(request.requestId, firstRequestedOf(request))
  }

  const open = async ({ request, sealed, offers }: Answer): Promise<void> => {
    const now = clock.now()
    if (!request.isOpen || now < request.expiresAt || now >= request.revealUntil) return
    let isWhole = true
    for (const offer of sealed) {
      const onLedger = offers.find(({ commitment }) => commitment === offer.commitment)
      if (onLedger === undefined) isWhole &&= isRefused('seal-offer', offer)
      if (onLedger?.state !== 'sealed' || isRefused('open-offer', offer)) continue
      await sendUnlessRefused(offer, 'open-offer', openOfferCall(onLedger.offerId, offer.offer, request.periods))
    }
    if (isWhole) operation.announce.opened(request.requestId, firstRequestedOf(request))
  }

  /** Takes back offers that some of their devices have left since, and the others cannot deliver. */
  const revoke = async ({ portfolio, request, sealed, offers, standing }: Answer): Promise<void> => {
    const now = clock.now()
    for (const offer of sealed) {
      const onLedger = offers.find(({ commitment }) => commitment === offer.commitment)
      const isTakeable = onLedger?.state === 'sealed' || onLedger?.state === 'opened'
      if (!request.isOpen || !isTakeable || offer.offer.expiresAt <= now || isRefused('revoke-offer', offer)) continue
      const others = standing.filter(({ commitment }) => commitment !== offer.commitment)
      const free = await readFreePool(operation, portfolio, request, others)
      const backing = free.filter(({ flexibility }) => offer.backing.includes(flexibility.device))
      if (backing.length === offer.backing.length) continue
      const asked = await poolRequestOf(operation, portfolio, request, others)
      const isCovered = offer.offer.options.every((option) =>
        coversOption(backing, option, asked, operation.settings.targetPermille),
      )
      if (isCovered) continue
      await sendUnlessRefused(offer, 'revoke-offer', revokeOfferCall(onLedger.offerId))
    }
  }

  return async () => {
    for (const portfolio of await market.listPortfolios()) await answer(portfolio)
    // What was done is seen once the projections have it, not by looking again at once.
    return false
  }
}
