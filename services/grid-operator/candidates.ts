import { offerOfDraft } from '../chain/flex-requests.ts'
import { DomainError } from '../domain/errors.ts'
import {
  candidateOfOffer,
  candidateOfReserve,
  type FlexCandidate,
} from '../domain/flexibility/merit-order/candidate.ts'
import { requireOptionAnswers } from '../domain/flexibility/trading/offer-rules.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import type { AgreedReserve, AnsweringOffer, MadeRequest } from './market.ts'
import type { Operation } from './operation.ts'
import type { RefusedOrder } from '../store/flex-selections.ts'

/** What a request can be answered with now, and what cannot be ordered by the rules, with the rule. */
export type Answers = {
  readonly candidates: readonly FlexCandidate[]
  readonly refused: readonly RefusedOrder[]
}

/**
 * The offers that were opened and stand, and the reserves under contract, of portfolios that are prequalified now, each with
 * its effect at the congestion point. An offer that breaks a rule is refused whole: nobody could tell which option it meant.
 */
export async function answersTo(operation: Operation, made: MadeRequest, product: FlexProduct): Promise<Answers> {
  const { market, clock } = operation
  const { requestId, pointId, productId } = made
  const now = clock.now()
  const candidates: FlexCandidate[] = []
  const refused: RefusedOrder[] = []
  const effectOf = async (portfolioId: number): Promise<number> => {
    const found = await market.findPrequalification({ portfolioId, productId, pointId })
    if (found !== null && found.power > 0n && found.from <= now && now < found.until) return found.effectPpm
    throw new DomainError(
      'flex-not-prequalified',
      `portfolio ${portfolioId} is not prequalified for product ${productId}`,
    )
  }
  const admit = async (kind: RefusedOrder['kind'], id: string, find: () => Promise<FlexCandidate | null>) => {
    try {
      const candidate = await find()
      if (candidate !== null) candidates.push(candidate)
    } catch (error) {
      if (!(error instanceof DomainError) || !isRefusal(error)) throw error
      refused.push({ kind, id, code: error.code })
    }
  }
  for (const offer of await market.listOffers(requestId)) {
    if (offer.state !== 'opened') continue
    await admit('offer', String(offer.offerId), async () =>
      offerCandidateOf(offer, await effectOf(offer.portfolioId), { made, product, now }),
    )
  }
  for (const reserve of await market.listReserves(pointId, productId)) {
    await admit('reserve', reserve.reservation.contract, async () =>
      reserveCandidateOf(reserve, await effectOf(reserve.portfolioId), { made, product }),
    )
  }
  return { candidates, refused }
}

/** Whether the ledger or a rule says no to what was asked, and not that something is broken. */
export function isRefusal({ code }: DomainError): boolean {
  return code.startsWith('flex-')
}

function offerCandidateOf(
  { offerId, portfolioId, offer }: AnsweringOffer,
  effectPpm: number,
  { made, product, now }: { readonly made: MadeRequest; readonly product: FlexProduct; readonly now: number },
): FlexCandidate {
  const { request } = made
  const { congestionPoint, contract } = request
  const known = { id: String(offerId), request: request.id, congestionPoint, contract, portfolio: String(portfolioId) }
  const answer = offerOfDraft(offer!, known)
  if (now >= answer.expiresAt)
    throw new DomainError('flex-offer-expired', `offer ${offerId} stood until ${answer.expiresAt}`)
  for (const option of answer.options) requireOptionAnswers(option, request, product)
  return candidateOfOffer(answer, effectPpm)
}

function reserveCandidateOf(
  { reservation, releases }: AgreedReserve,
  effectPpm: number,
  { made, product }: { readonly made: MadeRequest; readonly product: FlexProduct },
): FlexCandidate | null {
  return candidateOfReserve(reservation, releases, { request: made.request, product, effectPpm })
}
